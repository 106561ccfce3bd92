using System.Reflection;

namespace Gristmill.Codec.Internal;

/// <summary>Finds the fields of a type that are kept, and their names in the schema.</summary>
internal static class Members
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>The fields of the base classes first, then in the order of declaration; those marked [NonSerialized] are left out.</summary>
    public static IReadOnlyList<Member> Of(Type type)
    {
        var members = new List<Member>();
        foreach (var level in Levels(type))
            members.AddRange(Fields(level).Select(f => new Member(NameOf(f), f)));
        return Distinguish(members);
    }

    /// <summary>Whether no field is left out of snapshots.</summary>
    public static bool LeavesNoneOut(Type type) => !Levels(type).SelectMany(level => level.GetFields(Own)).Any(IsLeftOut);

    // Reflection gives fields in no order; the metadata has the source's.
    private static IEnumerable<FieldInfo> Fields(Type level) => level.GetFields(Own).Where(f => !IsLeftOut(f)).OrderBy(f => f.MetadataToken);

    private static bool IsLeftOut(FieldInfo field) => field.IsDefined(typeof(NonSerializedAttribute), inherit: false);

    private static Stack<Type> Levels(Type type)
    {
        var levels = new Stack<Type>();
        for (var level = type; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
            levels.Push(level);
        return levels;
    }

    /// <summary>
    /// <c>&lt;X&gt;k__BackingField</c> (a property's field) and <c>&lt;x&gt;P</c> (a captured constructor parameter) are named by what they are
    /// for, and so stay the same when a property becomes a field.
    /// </summary>
    private static string NameOf(FieldInfo field)
    {
        var name = field.Name;
        var end = name.IndexOf('>', StringComparison.Ordinal);
        if (name.StartsWith('<') && end > 1)
            return name[1..end];
        // System.Tuple's and KeyValuePair's private fields, by their properties' names.
        if (field.DeclaringType is { IsGenericType: true } owner && owner.GetGenericTypeDefinition() == typeof(KeyValuePair<,>))
            return name == "key" ? "Key" : "Value";
        return Refusals.IsTuple(field.DeclaringType!) && name.StartsWith("m_", StringComparison.Ordinal) ? name[2..] : name;
    }

    /// <summary>A private field may have the name of one in a base class; then both carry their class's name.</summary>
    private static List<Member> Distinguish(List<Member> members)
    {
        var doubled = members.GroupBy(m => m.Name).Where(g => g.Count() > 1).SelectMany(g => g).ToHashSet();
        return members.ConvertAll(m => doubled.Contains(m) ? m with { Name = $"{TypeNames.Full(m.Field.DeclaringType!)}.{m.Field.Name}" } : m);
    }
}
