using Gristmill.Protocol;

namespace Gristmill.Codec.Internal;

/// <summary>
/// Matches a type with the schema of another version of it. Where the two agree, the type's own codec is used; where they don't, one
/// that converts; where that can't be, the mismatch is noted and the walk goes on, so that all are told at once.
/// </summary>
internal sealed class EvolvedBuilder
{
    private readonly Dictionary<(Type, Schema), object> _made = [];
    private readonly List<string> _mismatches = [];
    private int _depth;
    private bool _defaultsForAll;

    public static object Build(Type type, Schema written, ProtocolFaults faults = ProtocolFaults.None)
    {
        var builder = new EvolvedBuilder { _defaultsForAll = (faults & ProtocolFaults.DefaultsForAll) != 0 };
        var codec = builder.Match(type, written, TypeNames.Short(type));
        return builder._mismatches.Count == 0 ? codec! : throw new SchemaMismatchException(type, builder._mismatches);
    }

    /// <summary>A codec for the type that reads what was written; null if there is none, and that has been noted.</summary>
    private object? Match(Type type, Schema written, string path)
    {
        if (written.Equals(NativeSchemas.Get(type)))
            return NativeCodecs.Get(type);
        if (_made.TryGetValue((type, written), out var made))
            return made;
        if (_depth == Limits.SchemaDepth)
            return Mismatch(type, written, path, $"It is nested more than {Limits.SchemaDepth} levels deep.");
        _depth++;
        var shape = Shapes.Of(type);
        var codec = shape.Kind switch
        {
            ShapeKind.Nullable => MatchNullable(shape, written, path),
            ShapeKind.Record => MatchRecord(shape, written, path),
            ShapeKind.Enum => MatchEnum(shape, written, path),
            ShapeKind.List => MatchList(shape, written, path),
            ShapeKind.Map => MatchMap(shape, written, path),
            _ => MatchPrimitive(shape, written, path),
        };
        _depth--;
        return codec;
    }

    private object? MatchNullable(Shape shape, Schema written, string path)
    {
        var wasNullable = written.Kind == SchemaKind.Nullable;
        var element = Match(shape.Element!, wasNullable ? written.Element! : written, path);
        if (element is null)
            return null;
        return wasNullable
            ? CodecFactory.Nullable(shape, written, element)
            : CodecFactory.Make(typeof(NeverNullCodec<>), [shape.Element!], element);
    }

    private object? MatchRecord(Shape shape, Schema written, string path)
    {
        var record = !shape.Type.IsValueType && written.Kind == SchemaKind.Nullable ? written.Element! : written;
        if (record.Kind != SchemaKind.Record)
            return Mismatch(shape.Type, written, path);
        var codec = CodecFactory.Record(shape, written);
        _made.Add((shape.Type, written), codec);
        if (PlanOf(shape, record, path) is { } plan)
            ((IRecordCodec)codec).Complete(plan.Steps);
        return codec;
    }

    /// <summary>The fields in the order they were written, each to its place or past it.</summary>
    private RecordPlan? PlanOf(Shape shape, Schema record, string path)
    {
        var before = _mismatches.Count;
        var plan = new RecordPlan(NativeCodecs.Get);
        var members = shape.Members.ToDictionary(m => m.Name);
        var names = FormerNames.Known(shape);
        if (FormerNames.WrittenTwice(record.Fields.Select(field => field.Name), names) is { } twice)
            Mismatch(shape.Type, record, path, twice);
        if (record.Fields.Count == 0)
            plan.Add(new PadStep());
        foreach (var (name, written) in record.Fields)
        {
            if (!names.TryGetValue(name, out var now) || !members.Remove(now, out var member))
                plan.Add(new SkipStep(written));
            else if (written.Equals(NativeSchemas.Get(member.Type)))
                plan.AddMember(Shapes.Of(member.Type), [member.Field]);
            else if (Match(member.Type, written, $"{path}.{name}") is { } codec)
                plan.Add(new CodecStep([member.Field], codec));
        }
        foreach (var added in _defaultsForAll ? shape.Members : (IEnumerable<Member>)members.Values)
            if (MemberTraits.DefaultOf(added.Field) is { Value: { } value })
                plan.Add(new DefaultStep([added.Field], value));
        return _mismatches.Count == before ? plan : null;
    }

    private object? MatchEnum(Shape shape, Schema written, string path)
    {
        if (written.Kind != SchemaKind.Enum || written.Element!.Kind != shape.Primitive)
            return Mismatch(shape.Type, written, path);
        var names = FormerNames.Known(shape);
        if (FormerNames.WrittenTwice(EnumNumbers.NamesOf(written, names), names) is { } twice)
            return Mismatch(shape.Type, written, path, twice);
        var numbers = EnumNumbers.Match(written, NativeSchemas.Get(shape.Type), names, out var missing);
        if (missing.Count > 0)
            return Mismatch(shape.Type, written, path, $"{string.Join(", ", missing)} can't be found any more; bring it back, or if it has another name now, say so by [FormerName].");
        return numbers is null
            ? CodecFactory.Raw(shape.Type, written)
            : CodecFactory.Make(typeof(RenumberedEnumCodec<>), [shape.Type], written, numbers);
    }

    private object? MatchList(Shape shape, Schema written, string path)
    {
        // Bytes are a list of bytes in all but name.
        var element = written.Kind == SchemaKind.Bytes ? Schema.Primitive(SchemaKind.UInt8) : written.Element;
        if (written.Kind is not (SchemaKind.List or SchemaKind.Bytes))
            return Mismatch(shape.Type, written, path);
        return Match(shape.Element!, element!, path + "[]") is { } codec ? CodecFactory.List(shape, written, codec) : null;
    }

    private object? MatchMap(Shape shape, Schema written, string path)
    {
        if (written.Kind != SchemaKind.Map)
            return Mismatch(shape.Type, written, path);
        var key = Match(shape.Key!, written.Key!, path + "[key]");
        var element = Match(shape.Element!, written.Element!, path + "[value]");
        return key is null || element is null ? null : CodecFactory.Map(shape, written, key, element);
    }

    private object? MatchPrimitive(Shape shape, Schema written, string path)
    {
        if (shape.Primitive == SchemaKind.Bytes && written is { Kind: SchemaKind.List, Element.Kind: SchemaKind.UInt8 })
            return new BytesCodec(written);
        return Widening.Find(written, shape.Type) ?? Mismatch(shape.Type, written, path);
    }

    private object? Mismatch(Type type, Schema written, string path, string? more = null)
    {
        var line = $"{path} was written as {SchemaText.Brief(written)}, but {SchemaText.Brief(NativeSchemas.Get(type))} is expected. ";
        _mismatches.Add(line + (more ?? "Fields may be added, removed and renamed with [FormerName], and numbers widened; else give the new field a name of its own."));
        return null;
    }
}
