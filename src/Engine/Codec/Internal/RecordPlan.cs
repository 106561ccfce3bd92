using System.Reflection;

namespace Gristmill.Codec.Internal;

/// <summary>Plans how a record is written: structs it holds are taken apart in place.</summary>
/// <param name="codecOf">Finds the codec of a member that has one of its own.</param>
internal sealed class RecordPlan(Func<Type, object> codecOf)
{
    private readonly List<Step> _steps = [];

    public IReadOnlyList<Step> Steps => _steps;

    /// <summary>Adds all members of a record at the end of a path.</summary>
    public void AddMembers(Shape record, IReadOnlyList<FieldInfo> path)
    {
        if (record.Members.Count == 0)
            _steps.Add(new PadStep());
        foreach (var member in record.Members)
            AddMember(Shapes.Of(member.Type), [.. path, member.Field]);
    }

    /// <summary>Adds one member, as its type is written today.</summary>
    public void AddMember(Shape shape, IReadOnlyList<FieldInfo> path)
    {
        var size = shape.Kind is ShapeKind.Primitive or ShapeKind.Enum ? SchemaSize.OfPrimitive(shape.Primitive) : 0;
        if (size > 0)
            _steps.Add(new LeafStep(path, size, Wire.IsRaw(shape.Primitive)));
        else if (shape.Type == typeof(string))
            _steps.Add(new StringStep(path));
        else if (shape.Kind == ShapeKind.Record && shape.Type.IsValueType)
            AddMembers(shape, path);
        else
            _steps.Add(new CodecStep(path, codecOf(shape.Type)));
    }

    public void Add(Step step) => _steps.Add(step);
}
