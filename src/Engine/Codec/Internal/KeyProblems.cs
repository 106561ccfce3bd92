using System.Collections.Concurrent;

namespace Gristmill.Codec.Internal;

/// <summary>Walks a type and collects what keeps it from being a key.</summary>
internal sealed class KeyProblems
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<string>> Known = new();

    private readonly List<string> _problems = [];
    private readonly Stack<Type> _within = [];

    public static IReadOnlyList<string> Of(Type type) => Known.GetOrAdd(type, static t =>
    {
        var walk = new KeyProblems();
        walk.Visit(t, TypeNames.Short(t));
        return walk._problems;
    });

    private void Visit(Type type, string path)
    {
        var shape = Shapes.Of(type);
        if (ReasonAgainst(shape) is { } reason)
            _problems.Add($"{path}: {TypeNames.Full(type)} can't be {(_within.Count == 0 ? "" : "part of ")}a key. {reason}");
        else if (shape.Kind == ShapeKind.Nullable)
            Visit(shape.Element!, path);
        else
            VisitMembers(shape, path);
    }

    private void VisitMembers(Shape shape, string path)
    {
        _within.Push(shape.Type);
        foreach (var member in shape.Members)
            Visit(member.Type, $"{path}.{member.Name}");
        _within.Pop();
    }

    private string? ReasonAgainst(Shape shape) => shape.Kind switch
    {
        ShapeKind.Refused => shape.Refusal,
        ShapeKind.List or ShapeKind.Map => "Two collections of the same content aren't equal. Use a string, a tuple or a record of the content.",
        ShapeKind.Primitive when shape.Primitive == SchemaKind.Bytes =>
            "Two arrays of the same content aren't equal. Use a string (e.g. Convert.ToHexString), a Guid or numbers.",
        ShapeKind.Record when _within.Contains(shape.Type) => "It contains itself, so it has no bounded size. Use a name or number that stands for it.",
        ShapeKind.Record when !HasEquality(shape.Type) => "It is a class without Equals and GetHashCode, so no two are equal. Make it a record.",
        _ => null,
    };

    private static bool HasEquality(Type type) => type.IsValueType
        || (type.GetMethod(nameof(Equals), [typeof(object)])!.DeclaringType != typeof(object)
            && type.GetMethod(nameof(GetHashCode), Type.EmptyTypes)!.DeclaringType != typeof(object));
}
