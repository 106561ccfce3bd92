using System.Reflection;

namespace Gristmill.Codec.Internal;

internal enum ShapeKind
{
    Refused,
    Primitive,
    Enum,
    Nullable,
    List,
    Map,
    Record,
}

/// <summary>What a type is to the codec, looking no further than the type itself and its members' names.</summary>
internal sealed record Shape(Type Type, ShapeKind Kind)
{
    /// <summary>The schema's kind of a primitive, or of the number an enum is.</summary>
    public SchemaKind Primitive { get; init; }

    /// <summary>What a nullable, list or map holds.</summary>
    public Type? Element { get; init; }

    /// <summary>What the keys of a map are.</summary>
    public Type? Key { get; init; }

    /// <summary>The generic codec of a list or map, open.</summary>
    public Type? CodecType { get; init; }

    /// <summary>The fields of a record, in the schema's order.</summary>
    public IReadOnlyList<Member> Members { get; init; } = [];

    /// <summary>Why a refused type is refused and what to do instead: the end of a sentence that begins with the type.</summary>
    public string Refusal { get; init; } = "";
}

/// <summary>A field that is kept, under the name it has in the schema.</summary>
internal sealed record Member(string Name, FieldInfo Field)
{
    public Type Type => Field.FieldType;
}
