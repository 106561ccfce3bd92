namespace Gristmill.Codec.Internal;

/// <summary>Writes a schema's binary form; docs/format.md describes it.</summary>
internal sealed class SchemaForm
{
    /// <summary>The version of both the schema's and the values' form.</summary>
    public const byte Version = 1;

    /// <summary>Stands for a record that has been described before, by its number in the order of first appearance.</summary>
    public const byte Reference = 63;

    private readonly ByteWriter _writer = new();
    private readonly Dictionary<Schema, int> _records = new(ReferenceEqualityComparer.Instance);

    public static byte[] Write(Schema schema)
    {
        var form = new SchemaForm();
        form._writer.WriteByte(Version);
        form.Node(schema);
        return form._writer.ToArray();
    }

    private void Node(Schema schema)
    {
        if (_records.TryGetValue(schema, out var number))
        {
            _writer.WriteByte(Reference);
            _writer.WriteVarUInt((ulong)number);
            return;
        }
        _writer.WriteByte((byte)schema.Kind);
        switch (schema.Kind)
        {
            case SchemaKind.Nullable or SchemaKind.List:
                Node(schema.Element!);
                break;
            case SchemaKind.Map:
                Node(schema.Key!);
                Node(schema.Element!);
                break;
            case SchemaKind.Enum:
                Enum(schema);
                break;
            case SchemaKind.Record:
                Record(schema);
                break;
        }
    }

    private void Enum(Schema schema)
    {
        _writer.WriteString(schema.Name);
        _writer.WriteByte((byte)schema.Element!.Kind);
        _writer.WriteVarUInt((ulong)schema.Members.Count);
        foreach (var (name, value) in schema.Members)
        {
            _writer.WriteString(name);
            _writer.WriteVarInt(value);
        }
    }

    private void Record(Schema schema)
    {
        _records.Add(schema, _records.Count);
        _writer.WriteString(schema.Name);
        _writer.WriteVarUInt((ulong)schema.Fields.Count);
        foreach (var (name, field) in schema.Fields)
        {
            _writer.WriteString(name);
            Node(field);
        }
    }
}
