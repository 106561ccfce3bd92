using System.Reflection;

namespace Gristmill.Codec.Internal;

/// <summary>One thing to write or read of a record. The path leads to the field, through structs that are held inline.</summary>
internal abstract record Step(IReadOnlyList<FieldInfo> Path)
{
    public Type Type => Path[^1].FieldType;
}

/// <summary>A value of fixed size, written by straight-line code.</summary>
internal sealed record LeafStep(IReadOnlyList<FieldInfo> Path, int Size, bool IsRaw) : Step(Path);

/// <summary>A string, by a direct call.</summary>
internal sealed record StringStep(IReadOnlyList<FieldInfo> Path) : Step(Path);

/// <summary>Anything else, by its codec.</summary>
internal sealed record CodecStep(IReadOnlyList<FieldInfo> Path, object Codec) : Step(Path);

/// <summary>The zero byte of a record without fields.</summary>
internal sealed record PadStep() : Step([]);

/// <summary>A field that was not written and states its default. Only for reading.</summary>
internal sealed record DefaultStep(IReadOnlyList<FieldInfo> Path, object Value) : Step(Path);

/// <summary>Something that was written and has no place any more. Only for reading.</summary>
internal sealed record SkipStep(Schema Written) : Step([]);
