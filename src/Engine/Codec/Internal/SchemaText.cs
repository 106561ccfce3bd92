using System.Text;

namespace Gristmill.Codec.Internal;

/// <summary>Writes a schema for people.</summary>
internal sealed class SchemaText
{
    private readonly StringBuilder _text = new();
    private readonly HashSet<Schema> _shown = new(ReferenceEqualityComparer.Instance);

    public static string Write(Schema schema)
    {
        var text = new SchemaText();
        text.Node(schema);
        return text._text.ToString();
    }

    /// <summary>The kind alone, for messages: a whole record would bury the point.</summary>
    public static string Brief(Schema schema) => schema.Kind switch
    {
        SchemaKind.Nullable => Brief(schema.Element!) + "?",
        SchemaKind.List => $"list<{Brief(schema.Element!)}>",
        SchemaKind.Map => $"map<{Brief(schema.Key!)}, {Brief(schema.Element!)}>",
        SchemaKind.Enum => $"enum {schema.Name}: {Brief(schema.Element!)}",
        SchemaKind.Record => $"record {schema.Name}",
        _ => schema.Kind.ToString().ToLowerInvariant(),
    };

    private void Node(Schema schema)
    {
        switch (schema.Kind)
        {
            case SchemaKind.Nullable:
                Node(schema.Element!);
                _text.Append('?');
                break;
            case SchemaKind.List:
                Parts("list<", schema.Element!, null);
                break;
            case SchemaKind.Map:
                Parts("map<", schema.Key!, schema.Element!);
                break;
            case SchemaKind.Enum:
                _text.Append(Brief(schema)).Append(" { ").AppendJoin(", ", schema.Members.Select(m => $"{m.Name} = {m.Value}")).Append(" }");
                break;
            case SchemaKind.Record:
                Record(schema);
                break;
            default:
                _text.Append(Brief(schema));
                break;
        }
    }

    private void Parts(string opening, Schema first, Schema? second)
    {
        _text.Append(opening);
        Node(first);
        if (second is not null)
        {
            _text.Append(", ");
            Node(second);
        }
        _text.Append('>');
    }

    private void Record(Schema schema)
    {
        _text.Append("record ").Append(schema.Name);
        if (!_shown.Add(schema))
            return;
        _text.Append(" {");
        var separator = " ";
        foreach (var (name, field) in schema.Fields)
        {
            _text.Append(separator).Append(name).Append(": ");
            Node(field);
            separator = ", ";
        }
        _text.Append(" }");
    }
}
