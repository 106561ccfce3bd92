namespace Gristmill.Codec;

public sealed partial class Schema
{
    private static readonly Schema?[] Primitives =
        [.. Enumerable.Range(0, (int)SchemaKind.Guid + 1).Select(kind => kind == 0 ? null : new Schema((SchemaKind)kind))];

    /// <summary>The schema of a primitive: anything that isn't made of other schemas.</summary>
    public static Schema Primitive(SchemaKind kind) =>
        kind is >= SchemaKind.Boolean and <= SchemaKind.Guid
            ? Primitives[(int)kind]!
            : throw new ArgumentOutOfRangeException(nameof(kind), kind, "A nullable, enum, list, map or record is made of other schemas.");

    /// <summary>The schema of a value that may be missing.</summary>
    public static Schema Nullable(Schema element) => new(SchemaKind.Nullable) { Element = NotNull(element) };

    /// <summary>The schema of an array, list, set, queue or stack.</summary>
    public static Schema List(Schema element) => new(SchemaKind.List) { Element = NotNull(element) };

    /// <summary>The schema of a dictionary.</summary>
    public static Schema Map(Schema key, Schema element) => new(SchemaKind.Map) { Key = NotNull(key), Element = NotNull(element) };

    /// <summary>The schema of an enum.</summary>
    /// <param name="name">Its name, for people.</param>
    /// <param name="underlying">The integer it is.</param>
    /// <param name="members">Its named numbers.</param>
    public static Schema Enum(string name, SchemaKind underlying, IEnumerable<SchemaMember> members) =>
        underlying is >= SchemaKind.Int8 and <= SchemaKind.UInt64
            ? new(SchemaKind.Enum) { Name = NotNull(name), Element = Primitive(underlying), Members = [.. members] }
            : throw new ArgumentOutOfRangeException(nameof(underlying), underlying, "An enum is an integer of 8 to 64 bits.");

    /// <summary>The schema of a class, struct, record or tuple.</summary>
    /// <param name="name">Its name, for people.</param>
    /// <param name="fields">Its fields, in the order they are written.</param>
    public static Schema Record(string name, IEnumerable<SchemaField> fields)
    {
        var record = OpenRecord(name);
        record.Close([.. fields]);
        return record;
    }

    /// <summary>A record whose fields come later, because they may lead back to it.</summary>
    internal static Schema OpenRecord(string name) => new(SchemaKind.Record) { Name = NotNull(name) };

    /// <summary>Gives an open record its fields. Only before anyone else has seen it.</summary>
    internal void Close(IReadOnlyList<SchemaField> fields) => _fields = fields;

    private static T NotNull<T>(T value)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value);
        return value;
    }
}
