using System.Collections.Concurrent;
using System.ComponentModel;
using System.Reflection;

namespace Gristmill.Codec.Internal;

/// <summary>What attributes and constructors say of a kept field, wherever they say it: at the field, its property or its parameter.</summary>
internal static class MemberTraits
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly ConcurrentDictionary<FieldInfo, StatedDefault?> Defaults = new();

    /// <summary>The names the field had before.</summary>
    public static IReadOnlyList<string> FormerNames(FieldInfo field) =>
        [.. Places(field).SelectMany(place => place.GetCustomAttributes(typeof(FormerNameAttribute), inherit: false)).Cast<FormerNameAttribute>().Select(former => former.Name)];

    /// <summary>What the field is where nothing was written for it; null if that is its type's default.</summary>
    /// <remarks>[DefaultValue], else the default of the primary constructor's parameter. No constructor runs.</remarks>
    public static StatedDefault? DefaultOf(FieldInfo field) => Defaults.GetOrAdd(field, FindDefault);

    private static StatedDefault? FindDefault(FieldInfo field)
    {
        var attribute = Places(field).SelectMany(place => place.GetCustomAttributes(typeof(DefaultValueAttribute), inherit: false)).Cast<DefaultValueAttribute>().FirstOrDefault();
        var stated = attribute is not null ? attribute.Value
            : ParameterOf(field) is { HasDefaultValue: true } parameter ? parameter.DefaultValue
            : null;
        return stated is null ? null : StatedDefault.Make(stated, field.FieldType);
    }

    private static IEnumerable<ICustomAttributeProvider> Places(FieldInfo field)
    {
        yield return field;
        if (IsGenerated(field) && field.DeclaringType!.GetProperty(NameOf(field), Own | BindingFlags.Static) is { } property)
            yield return property;
        if (ParameterOf(field) is { } parameter)
            yield return parameter;
    }

    /// <summary>The parameter of the longest constructor that has the field's very name and type: that of a record or primary constructor.</summary>
    private static ParameterInfo? ParameterOf(FieldInfo field) => !IsGenerated(field) ? null : field.DeclaringType!.GetConstructors(Own)
        .OrderByDescending(constructor => constructor.GetParameters().Length)
        .SelectMany(constructor => constructor.GetParameters())
        .FirstOrDefault(parameter => parameter.Name == NameOf(field) && parameter.ParameterType == field.FieldType);

    // The compiler's names for the field behind a property, <X>k__BackingField, and for a captured parameter, <x>P.
    private static bool IsGenerated(FieldInfo field) => field.Name.StartsWith('<');

    private static string NameOf(FieldInfo field) => field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)];
}
