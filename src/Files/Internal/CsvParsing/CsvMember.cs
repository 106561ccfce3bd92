using System.Reflection;

namespace Gristmill.Files.Internal;

/// <summary>A member of a record that a field of a row, or the row's text, goes into.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Column">The name of its column.</param>
internal sealed record CsvMember(string Name, Type Type, string Column)
{
    /// <summary>The property or field to set, if it has one that can be set.</summary>
    public MemberInfo? Target { get; init; }

    /// <summary>The constructor's parameter, if it is one.</summary>
    public ParameterInfo? Parameter { get; init; }

    /// <summary>Whether an empty field means null rather than an empty text.</summary>
    public bool EmptyIsNull { get; init; }

    /// <summary>Whether it gets the row's text.</summary>
    public bool IsLine { get; init; }

    /// <summary>Whether it has no column on purpose.</summary>
    public bool Ignored { get; init; }

    /// <summary>Whether it may lack a column: a parameter with a default value.</summary>
    public bool IsOptional => Parameter is { HasDefaultValue: true };

    /// <summary>What stands in for a field that is not there.</summary>
    public object? Default => IsOptional && Parameter!.DefaultValue is { } value
        ? Type.IsEnum ? Enum.ToObject(Type, value) : value
        : null;
}
