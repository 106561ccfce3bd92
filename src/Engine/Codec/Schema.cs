using System.Buffers.Binary;
using System.Security.Cryptography;
using Gristmill.Codec.Internal;

namespace Gristmill.Codec;

/// <summary>Describes encoded values, so that they can be read without the type they came from, or with a later version of it.</summary>
/// <remarks>Immutable. A record that contains itself is one object that its own fields lead back to.</remarks>
public sealed partial class Schema : IEquatable<Schema>
{
    private IReadOnlyList<SchemaField> _fields = [];
    private byte[]? _form;
    private ulong? _fingerprint;
    private bool? _isRecursive;

    private Schema(SchemaKind kind) => Kind = kind;

    /// <summary>What it is.</summary>
    public SchemaKind Kind { get; }

    /// <summary>The name of a record or enum, for people; else empty.</summary>
    public string Name { get; private init; } = "";

    /// <summary>What a nullable, list or map holds, or the number an enum is.</summary>
    public Schema? Element { get; private init; }

    /// <summary>What the keys of a map are.</summary>
    public Schema? Key { get; private init; }

    /// <summary>The fields of a record, in the order they are written.</summary>
    public IReadOnlyList<SchemaField> Fields => _fields;

    /// <summary>The named numbers of an enum.</summary>
    public IReadOnlyList<SchemaMember> Members { get; private init; } = [];

    /// <summary>Identifies the schema: equal schemas have equal fingerprints, today and in later versions. The first 8 bytes of the SHA-256 of the binary form.</summary>
    public ulong Fingerprint => _fingerprint ??= BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Form));

    /// <summary>The size in bytes of every value; null if sizes differ.</summary>
    public int? FixedSize => Size is { IsFixed: true, Minimum: <= int.MaxValue and var size } ? (int)size : null;

    /// <summary>No value takes fewer bytes; at least 1.</summary>
    internal long MinimumSize => Size.Minimum;

    /// <summary>Whether a record can contain another of itself, directly or further in.</summary>
    internal bool IsRecursive => _isRecursive ??= SchemaSize.Reaches(this);

    /// <summary>The size if it has been asked for before.</summary>
    internal SchemaSize? KnownSize { get; set; }

    private SchemaSize Size => KnownSize ?? SchemaSize.Of(this);

    private byte[] Form => _form ??= SchemaForm.Write(this);

    /// <summary>Writes the binary form, which begins with the version of the format.</summary>
    public void WriteTo(ByteWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteBytes(Form);
    }

    /// <summary>Reads the binary form.</summary>
    /// <exception cref="CorruptDataException">It is none, or of a version this program doesn't know.</exception>
    public static Schema ReadFrom(ref ByteReader reader) => SchemaParser.Read(ref reader);

    /// <summary>The binary form by itself.</summary>
    internal byte[] Encode() => [.. Form];

    /// <summary>Reads a binary form that stands by itself.</summary>
    /// <exception cref="CorruptDataException">It is none, or of a version this program doesn't know.</exception>
    internal static Schema Decode(ReadOnlySpan<byte> form)
    {
        var reader = new ByteReader(form);
        return SchemaParser.Read(ref reader);
    }

    /// <summary>Reads a value without its type.</summary>
    /// <returns>
    /// null, bool, char, string, byte[], a date or time, Guid, decimal or number as they are (integers up to 64 bits as long, or ulong
    /// for the unsigned of 64 bits; floating point as double); an enum as the name, or a long if the number has none; a list as
    /// <c>List&lt;object?&gt;</c>; a map as <c>List&lt;KeyValuePair&lt;object?, object?&gt;&gt;</c>; a record as <see cref="RecordValue"/>.
    /// </returns>
    public object? ReadValue(ref ByteReader reader) => SchemaValues.Read(this, ref reader);

    /// <summary>Moves over a value.</summary>
    public void Skip(ref ByteReader reader) => SchemaValues.Skip(this, ref reader);

    /// <summary>The readable form: <c>record Order { Id: int64, Lines: list&lt;record Line { Sku: string, Count: int32 }&gt; }</c>. A record shown before is only named.</summary>
    public override string ToString() => SchemaText.Write(this);

    /// <inheritdoc/>
    public bool Equals(Schema? other) => ReferenceEquals(this, other) || (other is not null && Form.AsSpan().SequenceEqual(other.Form));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Schema);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Fingerprint;
}
