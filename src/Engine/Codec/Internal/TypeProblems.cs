using System.Collections.Concurrent;

namespace Gristmill.Codec.Internal;

/// <summary>Walks a type and all it is made of, and collects what can't be kept.</summary>
internal sealed class TypeProblems
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<string>> Known = new();

    private readonly List<string> _problems = [];
    private readonly HashSet<Type> _seen = [];

    public static IReadOnlyList<string> Of(Type type) => Known.GetOrAdd(type, static t =>
    {
        var walk = new TypeProblems();
        walk.Visit(t, TypeNames.Short(t), 0);
        return walk._problems;
    });

    private void Visit(Type type, string path, int depth)
    {
        var shape = Shapes.Of(type);
        if (shape.Kind == ShapeKind.Refused)
            _problems.Add($"{path}: {TypeNames.Full(type)} can't be kept in a snapshot. {shape.Refusal}");
        else if (depth > Limits.SchemaDepth)
            _problems.Add($"{path}: types nested more than {Limits.SchemaDepth} levels deep can't be kept in a snapshot. Nest them less.");
        else if (_seen.Add(type))
            VisitParts(shape, path, depth + 1);
    }

    private void VisitParts(Shape shape, string path, int depth)
    {
        _problems.AddRange(FormerNames.Clashes(shape).Select(clash => $"{path}: {clash}"));
        foreach (var member in shape.Members)
            if (MemberTraits.DefaultOf(member.Field)?.Problem is { } problem)
                _problems.Add($"{path}.{member.Name}: its stated default can't be kept to: {problem}");
        if (shape.Key is { } key)
            Visit(key, path + "[key]", depth);
        if (shape.Element is { } element)
            Visit(element, shape.Kind switch { ShapeKind.Map => path + "[value]", ShapeKind.List => path + "[]", _ => path }, depth);
        foreach (var member in shape.Members)
            Visit(member.Type, $"{path}.{member.Name}", depth);
    }
}
