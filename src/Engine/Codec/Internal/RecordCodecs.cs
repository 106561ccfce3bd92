using System.Runtime.CompilerServices;

namespace Gristmill.Codec.Internal;

/// <summary>A codec that exists before its members' codecs do, because they may lead back to it.</summary>
internal interface IRecordCodec
{
    /// <summary>Compiles the codec. Once, before anyone uses it.</summary>
    void Complete(IReadOnlyList<Step> plan);
}

/// <summary>The fields of a struct, one after the other.</summary>
internal sealed class StructCodec<T>(Schema schema) : Codec<T>, IRecordCodec
{
    private readonly bool _isRecursive = schema.IsRecursive;
    private RecordWriter<T> _write = null!;
    private RecordReader<T> _read = null!;

    public override Schema Schema => schema;

    public override int? FixedSize => schema.FixedSize;

    public void Complete(IReadOnlyList<Step> plan) => (_write, _read) = (RecordEmitter.Writer<T>(plan), RecordEmitter.Reader<T>(plan));

    public override void Write(ByteWriter writer, in T value)
    {
        if (_isRecursive)
            writer.Enter(typeof(T));
        _write(writer, ref Unsafe.AsRef(in value));
        if (_isRecursive)
            writer.Leave();
    }

    public override T Read(ref ByteReader reader)
    {
        T value = default!;
        ReadInto(ref reader, ref value);
        return value;
    }

    public override void ReadMany(ref ByteReader reader, Span<T> values)
    {
        // Fields that weren't written stay as they are.
        values.Clear();
        foreach (ref var value in values)
            ReadInto(ref reader, ref value);
    }

    private void ReadInto(ref ByteReader reader, ref T value)
    {
        if (_isRecursive)
            reader.Enter();
        _read(ref reader, ref value);
        if (_isRecursive)
            reader.Leave();
    }
}

/// <summary>A byte that says whether there is an object, then its fields one after the other.</summary>
/// <param name="schema">What is written: a nullable record, or a record alone if it was a struct then.</param>
internal sealed class ClassCodec<T>(Schema schema) : Codec<T?>, IRecordCodec
    where T : class
{
    private readonly bool _hasPresence = schema.Kind == SchemaKind.Nullable;
    private readonly bool _isRecursive = schema.Kind == SchemaKind.Nullable ? schema.Element!.IsRecursive : schema.IsRecursive;
    private readonly bool _isSealed = typeof(T).IsSealed;
    private RecordWriter<T> _write = null!;
    private RecordReader<T> _read = null!;

    public override Schema Schema => schema;

    public void Complete(IReadOnlyList<Step> plan) => (_write, _read) = (RecordEmitter.Writer<T>(plan), RecordEmitter.Reader<T>(plan));

    public override void Write(ByteWriter writer, in T? value)
    {
        if (value is null)
        {
            writer.WriteByte(0);
            return;
        }
        if (!_isSealed && value.GetType() != typeof(T))
            RefuseDerived(value);
        writer.WriteByte(1);
        if (_isRecursive)
            writer.Enter(typeof(T));
        _write(writer, ref Unsafe.AsRef(in value));
        if (_isRecursive)
            writer.Leave();
    }

    public override T? Read(ref ByteReader reader)
    {
        if (_hasPresence && !reader.ReadBoolean())
            return null;
        // No constructor runs: the snapshot has what the constructor made.
        var value = Unsafe.As<T>(RuntimeHelpers.GetUninitializedObject(typeof(T)));
        if (_isRecursive)
            reader.Enter();
        _read(ref reader, ref value);
        if (_isRecursive)
            reader.Leave();
        return value;
    }

    private static void RefuseDerived(T value) => throw new InvalidOperationException(
        $"A {TypeNames.Full(value.GetType())} stands where {TypeNames.Full(typeof(T))} is declared; a snapshot keeps exactly the declared type "
        + "and would lose the rest. Declare the derived type, or hold what differs in nullable fields.");
}
