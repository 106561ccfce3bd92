using System.Collections.Immutable;
using Gristmill.Codec;
using static Gristmill.Engine.Tests.Codec.Coding;

namespace Gristmill.Engine.Tests.Codec;

public class RoundTripTests
{
    [Fact]
    public void A_value_of_every_type_comes_back()
    {
        var back = RoundTrip(Everything.Sample);

        Assert.Equivalent(Everything.Sample, back, strict: true);
        Assert.Equal(DateTimeKind.Local, back.DateTime.Kind);
        Assert.Equal(Everything.Sample.DateTimeOffset.Offset, back.DateTimeOffset.Offset);
        Assert.Equal("-12.3400", back.Decimal.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_value_of_only_defaults_comes_back()
    {
        var nothing = new Everything { Frozen = [] };
        Assert.Equivalent(nothing, RoundTrip(nothing), strict: true);
    }

    [Fact]
    public void Null_comes_back_as_null_and_not_as_empty()
    {
        Assert.Null(RoundTrip<string?>(null));
        Assert.Null(RoundTrip<byte[]?>(null));
        Assert.Null(RoundTrip<int[]?>(null));
        Assert.Null(RoundTrip<List<int>?>(null));
        Assert.Null(RoundTrip<Dictionary<int, int>?>(null));
        Assert.Null(RoundTrip<HashSet<int>?>(null));
        Assert.Null(RoundTrip<Order?>(null));
        Assert.Null(RoundTrip<int?>(null));
        Assert.True(RoundTrip(default(ImmutableArray<int>)).IsDefault);
        Assert.Equal("", RoundTrip(""));
        Assert.Empty(RoundTrip(Array.Empty<int>()));
        Assert.Empty(RoundTrip(Array.Empty<byte>()));
    }

    [Fact]
    public void Extremes_of_numbers_come_back()
    {
        Assert.All([long.MinValue, -1, 0, 1, long.MaxValue], v => Assert.Equal(v, RoundTrip(v)));
        Assert.All([double.NaN, double.NegativeInfinity, double.Epsilon, -0.0], v =>
            Assert.Equal(BitConverter.DoubleToInt64Bits(v), BitConverter.DoubleToInt64Bits(RoundTrip(v))));
        Assert.All([decimal.MinValue, decimal.MaxValue, 0.0000000000000000000000000001m, -0.0m], v =>
            Assert.Equal(decimal.GetBits(v), decimal.GetBits(RoundTrip(v))));
        Assert.All([DateTime.MinValue, DateTime.MaxValue], v => Assert.Equal(v, RoundTrip(v)));
        Assert.All([DateTimeOffset.MinValue, DateTimeOffset.MaxValue], v => Assert.Equal(v, RoundTrip(v)));
        Assert.Equal(TimeOnly.MaxValue, RoundTrip(TimeOnly.MaxValue));
        Assert.Equal(DateOnly.MaxValue, RoundTrip(DateOnly.MaxValue));
        Assert.Equal((Colour)77, RoundTrip((Colour)77));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("exactly twenty-one ch")]
    [InlineData("exactly twenty-two cha")]
    [InlineData("ÄÖÜ€🌾 and more than twenty-two of them, 日本語")]
    [InlineData("日本語日本語日本語日本語日本語日本語日本語")]
    public void Strings_come_back(string text) => Assert.Equal(text, RoundTrip(text));

    [Fact]
    public void Half_a_surrogate_pair_comes_back_unchanged()
    {
        var high = "\uD83C";
        Assert.All([high, "a" + high, high + new string('x', 50), "\uDF3E" + high], s => Assert.Equal(s, RoundTrip(s)));
    }

    [Fact]
    public void A_long_string_comes_back_in_a_buffer_that_has_to_grow() => Assert.Equal(new string('ü', 100_000), RoundTrip(new string('ü', 100_000)));

    [Fact]
    public void Collections_keep_their_order()
    {
        Assert.Equal([1, 2, 3], RoundTrip(new Queue<int>([1, 2, 3])));
        Assert.Equal([3, 2, 1], RoundTrip(new Stack<int>([1, 2, 3])));
        Assert.Equal([1, 2, 3], RoundTrip(new SortedSet<int>([3, 1, 2])));
        Assert.Equal([1, 2, 3], RoundTrip(ImmutableList.Create(1, 2, 3)));
        Assert.Equal([1, 2], RoundTrip(new SortedDictionary<int, string> { [2] = "b", [1] = "a" }).Keys);
        Assert.Equal(["b", "a"], RoundTrip(new Dictionary<string, int> { ["b"] = 2, ["a"] = 1 }).Keys);
        Assert.Equal(["b", "a"], RoundTrip(new List<string> { "b", "a" }));
        Assert.Equal([new KeyValuePair<int, string>(1, "x")], RoundTrip(new[] { new KeyValuePair<int, string>(1, "x") }));
    }

    [Fact]
    public void Tuples_of_any_length_come_back()
    {
        Assert.Equal((1, 2L, "3", 4.0, '5', 6m, (byte)7, 8, 9), RoundTrip((1, 2L, "3", 4.0, '5', 6m, (byte)7, 8, 9)));
        Assert.Equal(Tuple.Create(1, "two"), RoundTrip(Tuple.Create(1, "two")));
        var unnamed = new { Id = 5, Name = "x" };
        Assert.Equal(unnamed, RoundTrip(unnamed));
    }

    [Fact]
    public void Many_values_are_written_and_read_as_one_by_one()
    {
        Many<Pair>([new(1, 2), new(3, 4)]);
        Many<Trailing>([new() { Number = 1, Small = 2 }, new() { Number = 3, Small = 4 }]);
        Many<Gappy>([new(true, 2, DateTime.MaxValue, 3), default]);
        Many<Address?>([new("a", null), null, new("b", 7)]);
        Many<string?>(["x", null, ""]);
        Many<int>([]);
    }

    [Fact]
    public void A_struct_laid_out_as_written_is_copied_whole_and_one_with_gaps_is_not_written_with_them()
    {
        Assert.Equal("0100000000000000FEFFFFFFFFFFFFFF", Convert.ToHexString(Encode(new Pair(1, -2))));
        Assert.Equal("01" + "0200000000000000" + "03", Convert.ToHexString(Encode(((byte)1, 2L, (byte)3))));
        Assert.Equal("0100000000000000" + "02000000", Convert.ToHexString(Encode(new Trailing { Number = 1, Small = 2 })));
        Assert.Equal("01" + "0200000000000000" + "0300000000000040" + "04", Convert.ToHexString(Encode(new Gappy(true, 2, new(3, DateTimeKind.Utc), 4))));
    }

    [Fact]
    public void Many_threads_that_ask_at_once_get_the_same_codec()
    {
        var codecs = new object[16];
        Parallel.For(0, codecs.Length, i => codecs[i] = Codecs.For<Dictionary<Guid, List<(Tree, Order)>>>());
        Assert.All(codecs, c => Assert.Same(codecs[0], c));
    }

    private static void Many<T>(T[] values)
    {
        var codec = Codecs.For<T>();
        var (one, many) = (new ByteWriter(), new ByteWriter());
        foreach (var value in values)
            codec.Write(one, in value);
        codec.WriteMany(many, values);
        Assert.Equal(one.ToArray(), many.ToArray());

        var back = new T[values.Length];
        var reader = new ByteReader(many.Written);
        codec.ReadMany(ref reader, back);
        Assert.Equal(values, back);
        Assert.Equal(0, reader.Remaining);
    }
}
