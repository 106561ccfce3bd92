namespace Gristmill.Codec.Internal;

/// <summary>Reads a schema's binary form, trusting nothing in it.</summary>
internal sealed class SchemaParser
{
    private readonly List<Schema> _records = [];
    private int _depth;

    public static Schema Read(ref ByteReader reader)
    {
        var version = reader.ReadByte();
        if (version != SchemaForm.Version)
            reader.Fail($"a schema of version {SchemaForm.Version}", $"version {version}, which this program doesn't know");
        var parser = new SchemaParser();
        var schema = parser.Node(ref reader);
        foreach (var record in parser._records)
            if (record.MinimumSize == SchemaSize.Endless)
                reader.Fail("records that end", $"{record.Name}, which always contains another of itself");
        return schema;
    }

    private Schema Node(ref ByteReader reader)
    {
        if (++_depth > Limits.SchemaDepth)
            reader.Fail($"a schema of at most {Limits.SchemaDepth} levels", "a deeper one");
        var kind = reader.ReadByte();
        var schema = (SchemaKind)kind switch
        {
            >= SchemaKind.Boolean and <= SchemaKind.Guid => Schema.Primitive((SchemaKind)kind),
            SchemaKind.Nullable => Schema.Nullable(Node(ref reader)),
            SchemaKind.List => Schema.List(Node(ref reader)),
            SchemaKind.Map => Schema.Map(Node(ref reader), Node(ref reader)),
            SchemaKind.Enum => Enum(ref reader),
            SchemaKind.Record => Record(ref reader),
            (SchemaKind)SchemaForm.Reference => Reference(ref reader),
            _ => null,
        };
        if (schema is null)
            reader.Fail("a kind of schema", $"{kind}");
        _depth--;
        return schema;
    }

    private Schema Reference(ref ByteReader reader)
    {
        var number = reader.ReadVarUInt();
        if (number >= (ulong)_records.Count)
            reader.Fail($"the number of one of {_records.Count} records described before", $"{number}");
        return _records[(int)number];
    }

    private static Schema Enum(ref ByteReader reader)
    {
        var name = reader.ReadString();
        var underlying = (SchemaKind)reader.ReadByte();
        if (underlying is < SchemaKind.Int8 or > SchemaKind.UInt64)
            reader.Fail("the integer an enum is", $"{underlying}");
        var members = new SchemaMember[reader.ReadCount(2)];
        for (var i = 0; i < members.Length; i++)
            members[i] = new(reader.ReadString(), reader.ReadVarInt());
        return Schema.Enum(name, underlying, members);
    }

    private Schema Record(ref ByteReader reader)
    {
        var record = Schema.OpenRecord(reader.ReadString());
        _records.Add(record);
        var fields = new SchemaField[reader.ReadCount(2)];
        var names = new HashSet<string>();
        for (var i = 0; i < fields.Length; i++)
        {
            var name = reader.ReadString();
            if (!names.Add(name))
                reader.Fail("fields of different names", $"{name} twice");
            fields[i] = new(name, Node(ref reader));
        }
        record.Close(fields);
        return record;
    }
}
