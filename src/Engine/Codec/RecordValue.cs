using System.Globalization;

namespace Gristmill.Codec;

/// <summary>A record that was read without its type.</summary>
/// <param name="Name">The name of the type it was.</param>
/// <param name="Fields">Its fields, in the order they were written.</param>
public sealed record RecordValue(string Name, IReadOnlyList<KeyValuePair<string, object?>> Fields)
{
    /// <summary>The value of a field.</summary>
    /// <exception cref="KeyNotFoundException">There is no such field.</exception>
    public object? this[string field]
    {
        get
        {
            foreach (var (name, value) in Fields)
                if (name == field)
                    return value;
            throw new KeyNotFoundException($"{Name} has no field {field}.");
        }
    }

    /// <summary>The record for people: <c>Order { Id = 7, Note = null }</c>.</summary>
    public override string ToString() =>
        Fields.Count == 0 ? $"{Name} {{ }}" : $"{Name} {{ {string.Join(", ", Fields.Select(f => $"{f.Key} = {Show(f.Value)}"))} }}";

    private static string Show(object? value) => value switch
    {
        null => "null",
        string s => $"\"{s}\"",
        byte[] bytes => Convert.ToHexString(bytes),
        List<object?> list => $"[{string.Join(", ", list.Select(Show))}]",
        List<KeyValuePair<object?, object?>> map => $"{{{string.Join(", ", map.Select(p => $"{Show(p.Key)}: {Show(p.Value)}"))}}}",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
