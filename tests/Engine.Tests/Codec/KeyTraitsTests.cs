using Gristmill.Codec;

namespace Gristmill.Engine.Tests.Codec;

public class KeyTraitsTests
{
    [Fact]
    public void Equal_keys_have_equal_hashes()
    {
        Same(0.0, -0.0);
        Same(double.NaN, BitConverter.Int64BitsToDouble(-1));
        Same(0.0f, -0.0f);
        Same(1.0m, 1.0000m);
        Same(0m, -0.00m);
        Same(100m, 1e2m);
        Same(new DateTime(5, DateTimeKind.Utc), new DateTime(5, DateTimeKind.Local));
        Same(new DateTimeOffset(2024, 1, 1, 12, 0, 0, TimeSpan.Zero), new DateTimeOffset(2024, 1, 1, 14, 0, 0, TimeSpan.FromHours(2)));
        Same((1, "x"), (1, new string('x', 1)));
        Same(new Address("a", 1), new Address("a", 1));
        Same<Address?>(null, null);
        Same(Tuple.Create(1, 2.0), Tuple.Create(1, 2.0));
        Same(new Hand { A = 1, B = -0.0 }, new Hand { A = 1, B = 0.0 });
        Same<Hand?>(new Hand { A = 1 }, new Hand { A = 1 });
        Same(new KeyValuePair<int, int>(1, 2), new KeyValuePair<int, int>(1, 2));
    }

    [Fact]
    public void Different_keys_differ()
    {
        Differ(1L, 2L);
        Differ("a", "b");
        Differ<string?>(null, "");
        Differ<int?>(null, 0);
        Differ((1, 2), (2, 1));
        Differ((1, (2, 3)), (1, (3, 2)));
        Differ(new Address("a", 1), new Address("a", null));
        Differ<Address?>(null, new Address("a", 1));
        Differ<Address?>(new Address("a", 1), null);
        Differ(new Hand { A = 1 }, new Hand { A = 2 });
        Differ<Hand?>(null, new Hand());
        Differ(Guid.Empty, new Guid("00000000-0000-0000-0000-000000000001"));
        Differ((Int128)1, (Int128)1 << 64);
        Differ(1m, -1m);
        Differ(1m, 0.1m);
        Differ(Colour.Red, Colour.Blue);
    }

    [Fact]
    public void Widening_a_key_leaves_it_in_its_group()
    {
        Assert.Equal(KeyTraits<long>.Hash(-5), KeyTraits<int>.Hash(-5));
        Assert.Equal(KeyTraits<long>.Hash(-5), KeyTraits<short>.Hash(-5));
        Assert.Equal(KeyTraits<long>.Hash(-5), KeyTraits<sbyte>.Hash(-5));
        Assert.Equal(KeyTraits<long>.Hash(200), KeyTraits<byte>.Hash(200));
        Assert.Equal(KeyTraits<long>.Hash(60_000), KeyTraits<ushort>.Hash(60_000));
        Assert.Equal(KeyTraits<long>.Hash(4_000_000_000), KeyTraits<uint>.Hash(4_000_000_000));
        Assert.Equal(KeyTraits<double>.Hash(1.5), KeyTraits<float>.Hash(1.5f));
        Assert.Equal(KeyTraits<int?>.Hash(7), KeyTraits<int>.Hash(7));
    }

    [Fact]
    public void A_key_is_its_members_whatever_its_own_Equals_says()
    {
        var (a, b) = (new CaseBlind("x"), new CaseBlind("X"));
        Assert.True(a.Equals(b));
        Assert.False(KeyTraits<CaseBlind>.Equals(a, b));
        Assert.True(KeyTraits<CaseBlind>.Equals(a, new("x")));
    }

    [Fact]
    public void A_key_that_went_through_a_snapshot_is_the_same_key()
    {
        Same(new Partly("x", 1), Coding.RoundTrip(new Partly("x", 1)));
        Same((Colour.Red, 1.5m, "y"), Coding.RoundTrip((Colour.Red, 1.5m, "y")));
    }

    [Fact]
    public void What_cannot_be_a_key_is_refused_by_member_with_a_remedy()
    {
        Assert.Empty(KeyTraits<double>.Problems());
        Assert.Empty(KeyTraits<(string, Address, int?)>.Problems());
        Refused<int[]>("int", "can't be a key");
        Refused<byte[]>("Byte[]", "Convert.ToHexString");
        Refused<(int, List<string>)>("ValueTuple<Int32, List<String>>.Item2", "can't be part of a key. Two collections");
        Refused<Node>("Node:", "Make it a record");
        Refused<Chained>("Chained.Next", "contains itself");
        Refused<Action>("Action", "It is code");
    }

    [Fact]
    public void All_faults_of_a_key_are_told_at_once() => Assert.Equal(2, KeyTraits<(int[], Node)>.Problems().Count);

    [Fact]
    public void Using_what_cannot_be_a_key_says_why()
    {
        Assert.Throws<UnsupportedTypeException>(() => KeyTraits<int[]>.Hash([]));
        Assert.Throws<UnsupportedTypeException>(() => KeyTraits<int[]>.Equals([], []));
    }

    private static void Same<T>(T a, T b)
    {
        Assert.True(KeyTraits<T>.Equals(a, b));
        Assert.Equal(KeyTraits<T>.Hash(a), KeyTraits<T>.Hash(b));
    }

    private static void Differ<T>(T a, T b)
    {
        Assert.False(KeyTraits<T>.Equals(a, b));
        Assert.NotEqual(KeyTraits<T>.Hash(a), KeyTraits<T>.Hash(b));
    }

    private static void Refused<T>(string path, string reason)
    {
        var problem = Assert.Single(KeyTraits<T>.Problems());
        Assert.StartsWith(path, problem, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    public struct Hand
    {
        public int A;
        public double B;
    }

    public sealed record Chained(int Value, Chained? Next);

    public sealed record CaseBlind(string Name)
    {
        public bool Equals(CaseBlind? other) => string.Equals(Name, other?.Name, StringComparison.OrdinalIgnoreCase);

        public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Name);
    }

    public sealed record Partly(string Name, int Number)
    {
        [NonSerialized]
        private readonly int _cached = Number + 1;

        public int Cached => _cached;
    }
}
