namespace Gristmill.Codec;

/// <summary>What a part of a <see cref="Schema"/> is. The numbers stand in snapshots: never change or reuse one.</summary>
public enum SchemaKind
{
    /// <summary>One byte, 0 or 1.</summary>
    Boolean = 1,

    /// <summary>A signed byte.</summary>
    Int8 = 2,

    /// <summary>An unsigned byte.</summary>
    UInt8 = 3,

    /// <summary>Two bytes, signed.</summary>
    Int16 = 4,

    /// <summary>Two bytes, unsigned.</summary>
    UInt16 = 5,

    /// <summary>Four bytes, signed.</summary>
    Int32 = 6,

    /// <summary>Four bytes, unsigned.</summary>
    UInt32 = 7,

    /// <summary>Eight bytes, signed.</summary>
    Int64 = 8,

    /// <summary>Eight bytes, unsigned.</summary>
    UInt64 = 9,

    /// <summary>Sixteen bytes, signed.</summary>
    Int128 = 10,

    /// <summary>Sixteen bytes, unsigned.</summary>
    UInt128 = 11,

    /// <summary>An IEEE 754 number of two bytes.</summary>
    Float16 = 12,

    /// <summary>An IEEE 754 number of four bytes.</summary>
    Float32 = 13,

    /// <summary>An IEEE 754 number of eight bytes.</summary>
    Float64 = 14,

    /// <summary>A .NET decimal: sixteen bytes.</summary>
    Decimal = 15,

    /// <summary>One UTF-16 unit: two bytes.</summary>
    Char = 16,

    /// <summary>Text or null, with its length.</summary>
    String = 17,

    /// <summary>Bytes or null, with their count.</summary>
    Bytes = 18,

    /// <summary>Ticks since the year 1, the kind in the two highest bits: eight bytes.</summary>
    DateTime = 19,

    /// <summary>Local ticks and the offset in minutes: ten bytes.</summary>
    DateTimeOffset = 20,

    /// <summary>Days since the year 1: four bytes.</summary>
    DateOnly = 21,

    /// <summary>Ticks since midnight: eight bytes.</summary>
    TimeOnly = 22,

    /// <summary>Ticks: eight bytes.</summary>
    TimeSpan = 23,

    /// <summary>Sixteen bytes in .NET's order.</summary>
    Guid = 24,

    /// <summary>A byte that says whether the <see cref="Schema.Element"/> follows.</summary>
    Nullable = 32,

    /// <summary>A number of the <see cref="Schema.Element"/>'s kind that has a name in <see cref="Schema.Members"/>, or none.</summary>
    Enum = 33,

    /// <summary>A count, then so many of the <see cref="Schema.Element"/>; or null.</summary>
    List = 34,

    /// <summary>A count, then so many pairs of <see cref="Schema.Key"/> and <see cref="Schema.Element"/>; or null.</summary>
    Map = 35,

    /// <summary>The <see cref="Schema.Fields"/>, one after the other.</summary>
    Record = 36,
}
