using System.Collections.Concurrent;
using System.Reflection;

namespace Gristmill.Codec.Internal;

/// <summary>Which of today's names each name stands for, and what makes that unclear.</summary>
internal static class FormerNames
{
    private static readonly ConcurrentDictionary<Type, Dictionary<string, string>> All = new();

    /// <summary>The former names of a record's members and of an enum's, by those of today.</summary>
    public static IEnumerable<(string Now, IReadOnlyList<string> Before)> Of(Shape shape) => shape.Kind switch
    {
        ShapeKind.Record => shape.Members.Select(member => (member.Name, MemberTraits.FormerNames(member.Field))),
        ShapeKind.Enum => shape.Type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (field.Name, MemberTraits.FormerNames(field))),
        _ => [],
    };

    /// <summary>Today's name by each name it has or had.</summary>
    public static Dictionary<string, string> Known(Shape shape) => All.GetOrAdd(shape.Type, static (_, shape) => Find(shape), shape);

    /// <summary>Former names that can't be told from another name.</summary>
    public static IEnumerable<string> Clashes(Shape shape)
    {
        var all = Of(shape).ToList();
        var owners = all.ToDictionary(member => member.Now, member => member.Now, StringComparer.Ordinal);
        foreach (var (now, before) in all)
            foreach (var name in before.Distinct(StringComparer.Ordinal).Where(name => name != now))
            {
                if (string.IsNullOrEmpty(name))
                    yield return $"{now} has an empty [FormerName]. Say the name it had.";
                else if (!owners.TryAdd(name, now))
                    yield return owners[name] == name
                        ? $"{now} was formerly named {name}, and there is another {name} now; what was written can't be told apart. Give that one another name, or take [FormerName(\"{name}\")] away."
                        : $"{now} and {owners[name]} both were formerly named {name}. Take [FormerName(\"{name}\")] away from one of them.";
            }
    }

    /// <summary>The names under which one member was written twice, by a version that had both; null if none was.</summary>
    public static string? WrittenTwice(IEnumerable<string> written, Dictionary<string, string> known)
    {
        var twice = written.Where(known.ContainsKey).Distinct(StringComparer.Ordinal).GroupBy(name => known[name]).FirstOrDefault(same => same.Count() > 1);
        return twice is null ? null
            : $"{string.Join(" and ", twice)} were both written, and all are {twice.Key} now. Give {twice.Key} a name that none of them had, with [FormerName] for the one it is.";
    }

    private static Dictionary<string, string> Find(Shape shape)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (now, before) in Of(shape))
            foreach (var name in before.Prepend(now))
                known.TryAdd(name, now);
        return known;
    }
}
