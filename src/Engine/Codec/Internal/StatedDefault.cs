using System.Globalization;

namespace Gristmill.Codec.Internal;

/// <summary>A default that a member states: its value, or why it can't be one.</summary>
internal sealed record StatedDefault(object? Value, string? Problem)
{
    public static StatedDefault Make(object stated, Type member)
    {
        var type = Nullable.GetUnderlyingType(member) ?? member;
        var shape = Shapes.Of(type);
        // Anything else would be one object shared by all the values read.
        if (shape.Kind is not (ShapeKind.Primitive or ShapeKind.Enum) || shape.Primitive == SchemaKind.Bytes)
            return new(null, "only numbers, texts, times and enums can have one. Make it nullable, and put the default in where it is used.");
        if (type.IsInstanceOfType(stated))
            return new(stated, null);
        // Of a nullable enum a parameter's default is the bare number.
        if (type.IsEnum && stated.GetType() == type.GetEnumUnderlyingType())
            return new(Enum.ToObject(type, stated), null);
        return (type.IsEnum ? null : Convert(stated, type)) is { } converted
            ? new(converted, null)
            : new(null, $"{stated} ({TypeNames.Short(stated.GetType())}) is no {TypeNames.Short(type)}. State one of the member's type.");
    }

    /// <summary>An attribute can only say 5 where the member is a long: the same number in its type, if it is that.</summary>
    private static object? Convert(object stated, Type type)
    {
        if (stated is string || stated is not IConvertible || !typeof(IConvertible).IsAssignableFrom(type) || type == typeof(string))
            return null;
        try
        {
            var converted = System.Convert.ChangeType(stated, type, CultureInfo.InvariantCulture);
            return System.Convert.ChangeType(converted, stated.GetType(), CultureInfo.InvariantCulture).Equals(stated) ? converted : null;
        }
        catch (Exception e) when (e is InvalidCastException or OverflowException or FormatException)
        {
            return null;
        }
    }
}
