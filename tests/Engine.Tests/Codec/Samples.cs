using System.Collections.Immutable;

namespace Gristmill.Engine.Tests.Codec;

public enum Colour : byte
{
    Red = 1,
    Green = 2,
    Blue = 4,
}

public readonly record struct Pair(long Key, long Value);

public record struct Gappy(bool Flag, long Number, DateTime At, byte Small);

public struct Trailing
{
    public long Number { get; set; }

    public int Small { get; set; }
}

public sealed record Address(string Street, int? Number);

public sealed record Line(string Sku, int Count, decimal Price);

public sealed record Order(long Id, Address? Ship, List<Line> Lines, Dictionary<string, double> Rates, Colour Colour);

public sealed class Node
{
    public int Value { get; set; }

    public Node? Next { get; set; }
}

public sealed record Tree(string Name, List<Tree> Children);

public struct Branch
{
    public int Value;
    public List<Branch>? Twigs;
}

public record Nothing;

public readonly struct Empty;

public class Base
{
    private readonly int _hidden;
    private readonly string _secret = "base";

    public Base(int hidden) => _hidden = hidden;

    public int Hidden => _hidden;

    public string Secret => _secret;
}

public sealed class Derived(int hidden, string captured) : Base(hidden)
{
    private readonly string _secret = "derived";

    [NonSerialized]
    private readonly object _gate = new();

    public string Captured => captured;

    public string OwnSecret => _secret;

    public bool HasGate => _gate is not null;
}

public sealed class Everything
{
    public bool Bool { get; init; }
    public sbyte Int8 { get; init; }
    public byte UInt8 { get; init; }
    public short Int16 { get; init; }
    public ushort UInt16 { get; init; }
    public int Int32 { get; init; }
    public uint UInt32 { get; init; }
    public long Int64 { get; init; }
    public ulong UInt64 { get; init; }
    public Int128 Int128 { get; init; }
    public UInt128 UInt128 { get; init; }
    public Half Half { get; init; }
    public float Single { get; init; }
    public double Double { get; init; }
    public decimal Decimal { get; init; }
    public char Char { get; init; }
    public string? Text { get; init; }
    public byte[]? Bytes { get; init; }
    public DateTime DateTime { get; init; }
    public DateTimeOffset DateTimeOffset { get; init; }
    public DateOnly DateOnly { get; init; }
    public TimeOnly TimeOnly { get; init; }
    public TimeSpan TimeSpan { get; init; }
    public Guid Guid { get; init; }
    public Colour Colour { get; init; }
    public int? Maybe { get; init; }
    public Pair Pair { get; init; }
    public Gappy Gappy { get; init; }
    public Gappy? MaybeGappy { get; init; }
    public (int, string) Tuple { get; init; }
    public int[]? Array { get; init; }
    public string[][]? Jagged { get; init; }
    public List<Line>? Lines { get; init; }
    public Dictionary<int, List<string>>? Map { get; init; }
    public HashSet<long>? Set { get; init; }
    public ImmutableArray<int> Frozen { get; init; }
    public Tree? Tree { get; init; }
    public Empty Empty { get; init; }

    public static Everything Sample { get; } = new()
    {
        Bool = true,
        Int8 = -8,
        UInt8 = 200,
        Int16 = -1600,
        UInt16 = 60000,
        Int32 = -320000,
        UInt32 = 4000000000,
        Int64 = long.MinValue + 7,
        UInt64 = ulong.MaxValue - 7,
        Int128 = Int128.MinValue + 3,
        UInt128 = UInt128.MaxValue - 3,
        Half = (Half)1.5,
        Single = 2.5f,
        Double = -0.1,
        Decimal = -12.3400m,
        Char = 'ß',
        Text = "grist 🌾",
        Bytes = [1, 2, 255],
        DateTime = new(2024, 2, 29, 12, 30, 15, 123, DateTimeKind.Local),
        DateTimeOffset = new(2024, 2, 29, 12, 0, 0, TimeSpan.FromMinutes(-210)),
        DateOnly = new(1999, 12, 31),
        TimeOnly = new(23, 59, 58, 999),
        TimeSpan = TimeSpan.FromTicks(-5),
        Guid = new("00112233-4455-6677-8899-aabbccddeeff"),
        Colour = Colour.Blue,
        Maybe = 5,
        Pair = new(1, -2),
        Gappy = new(true, 3, DateTime.UnixEpoch, 9),
        MaybeGappy = new Gappy(false, 4, DateTime.MaxValue, 1),
        Tuple = (7, "seven"),
        Array = [1, 2, 3],
        Jagged = [["a"], [], ["b", "c"]],
        Lines = [new("sku", 2, 9.90m)],
        Map = new() { [1] = ["one"], [2] = [] },
        Set = [5, 6],
        Frozen = [8, 9],
        Tree = new("root", [new("leaf", [])]),
    };
}
