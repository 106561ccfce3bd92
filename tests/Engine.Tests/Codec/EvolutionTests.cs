using System.Collections.Immutable;
using Gristmill.Codec;
using static Gristmill.Engine.Tests.Codec.Coding;

namespace Gristmill.Engine.Tests.Codec;

public class EvolutionTests
{
    [Fact]
    public void Added_fields_are_default_removed_ones_are_skipped_and_order_and_name_do_not_matter()
    {
        var now = Evolve<Then.Customer, Now.Client>(new(7, "gone", [new("x", ["t"]), new("y", [])], new("s", 1), "Ann"));

        Assert.Equal(("Ann", 7, null, 0), (now.Name, now.Id, now.Added, now.Count));
        Assert.Equal(["x", "y"], now.Notes.Select(n => n.Text));
        Assert.All(now.Notes, n => Assert.Equal(0, n.Stars));
    }

    [Fact]
    public void A_recursive_type_may_change_too()
    {
        var now = Evolve<Node, Now.Node>(new() { Value = 1, Next = new() { Value = 2 } });
        Assert.Equal((1L, 2L), (now.Value, now.Next!.Value));
    }

    [Fact]
    public void Numbers_are_widened_where_nothing_is_lost()
    {
        Assert.Equal(-5, Evolve<sbyte, short>(-5));
        Assert.Equal(-5, Evolve<short, int>(-5));
        Assert.Equal(-5L, Evolve<int, long>(-5));
        Assert.Equal(4_000_000_000L, Evolve<uint, long>(4_000_000_000));
        Assert.Equal(ulong.MaxValue, Evolve<ulong, Int128>(ulong.MaxValue));
        Assert.Equal(0.5, Evolve<float, double>(0.5f));
        Assert.Equal(int.MinValue, Evolve<int, double>(int.MinValue));
        Assert.Equal(200f, Evolve<byte, float>(200));
        Assert.Equal(long.MaxValue, Evolve<long, decimal>(long.MaxValue));
    }

    [Fact]
    public void A_value_may_become_nullable_and_wider_at_once()
    {
        Assert.Equal(5, Evolve<int, int?>(5));
        Assert.Equal(5L, Evolve<int, long?>(5));
        Assert.Equal(5L, Evolve<int?, long?>(5));
        Assert.Null(Evolve<int?, long?>(null));
    }

    [Fact]
    public void A_struct_may_become_a_class_and_a_collection_another_one()
    {
        Assert.Equal(new Now.PairClass(Value: 2, Key: 1), Evolve<Pair, Now.PairClass>(new(1, 2)));
        Assert.Equal([1L, 2L], Evolve<int[], ImmutableArray<long>>([1, 2]));
        Assert.Equal([1, 2], Evolve<HashSet<int>, List<int>>([1, 2]));
        Assert.Equal([1, 2], Evolve<byte[], List<int>>([1, 2]));
        Assert.Equal([1, 2], Evolve<List<byte>, byte[]>([1, 2]));
        Assert.Equal(3L, Evolve<Dictionary<string, int>, SortedDictionary<string, long>>(new() { ["a"] = 3 })["a"]);
    }

    [Fact]
    public void Many_evolved_structs_start_from_their_defaults()
    {
        var codec = Codecs.For<Now.Wide>(Codecs.For<Pair>().Schema);
        var reader = new ByteReader(Encode(new Pair(1, 2)));
        var values = new Now.Wide[] { new() { Added = "left over", Key = 9 } };

        codec.ReadMany(ref reader, values);

        Assert.Equal((1, 2, null), (values[0].Key, values[0].Value, values[0].Added));
    }

    [Fact]
    public void Enums_are_matched_by_name()
    {
        Assert.Equal(Now.Colour.Blue, Evolve<Colour, Now.Colour>(Colour.Blue));
        Assert.Equal([Now.Colour.Red, Now.Colour.Green], Evolve<Colour[], Now.Colour[]>([Colour.Red, Colour.Green]));
        Assert.Equal((Now.More)3, Evolve<Colour, Now.More>(Colour.Red | Colour.Green));
        Assert.Throws<CorruptDataException>(() => Evolve<Colour, Now.Colour>((Colour)77));
        Assert.Equal(Now.Signed.Low, Evolve<Then.Signed, Now.Signed>(Then.Signed.Low));
    }

    [Fact]
    public void What_cannot_be_reconciled_is_refused_with_path_and_both_sides()
    {
        var message = MismatchOf<Then.Customer, Now.Wrong>();

        Assert.Contains("Wrong.Id was written as int32, but string is expected.", message, StringComparison.Ordinal);
        Assert.Contains("Wrong.Notes[].Text was written as string, but int32 is expected.", message, StringComparison.Ordinal);
        Assert.Equal(2, message.Split(Environment.NewLine).Length);
    }

    [Fact]
    public void Numbers_are_not_narrowed_and_nulls_not_dropped()
    {
        Assert.Contains("int64, but int32", MismatchOf<long, int>(), StringComparison.Ordinal);
        MismatchOf<long, double>();
        MismatchOf<int, float>();
        MismatchOf<int, uint>();
        MismatchOf<uint, int>();
        MismatchOf<double, float>();
        MismatchOf<double, decimal>();
        MismatchOf<char, int>();
        MismatchOf<int?, int>();
        MismatchOf<Address, Pair>();
        MismatchOf<Colour, byte>();
        MismatchOf<Colour, Now.Big>();
        MismatchOf<List<int>, Dictionary<int, int>>();
        Assert.Contains("Green can't be found any more", MismatchOf<Colour, Now.Fewer>(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_type_as_it_was_written_gets_its_own_codec() =>
        Assert.Same(Codecs.For<Order>(), Codecs.For<Order>(ThroughBytes(Codecs.For<Order>().Schema)));

    [Fact]
    public void An_evolved_codec_is_kept_and_does_not_write()
    {
        var codec = Codecs.For<long>(Codecs.For<int>().Schema);
        Assert.Same(codec, Codecs.For<long>(Codecs.For<int>().Schema));
        Assert.Throws<InvalidOperationException>(() => codec.Write(new(), 5));
    }

    private static class Then
    {
        public sealed record Note(string Text, List<string> Tags);

        public sealed record Customer(int Id, string Removed, List<Note> Notes, Address AlsoRemoved, string Name);

        public enum Signed : short
        {
            Low = -1,
        }
    }

    private static class Now
    {
        public sealed record Note(int Stars, string Text);

        public sealed record Client(string Name, string? Added, long Id, List<Note> Notes, int Count);

        public sealed record WrongNote(int Text);

        public sealed record Wrong(string Id, List<WrongNote> Notes);

        public sealed record PairClass(long Value, long Key);

        public sealed class Node
        {
            public Node? Next { get; set; }

            public long Value { get; set; }
        }

        public struct Wide
        {
            public string? Added { get; set; }

            public long Key { get; set; }

            public decimal Value { get; set; }
        }

        public enum Colour : byte
        {
            Blue,
            Green,
            Red,
        }

        public enum More : byte
        {
            Red = 1,
            Green = 2,
            Blue = 4,
            Black = 8,
        }

        public enum Fewer : byte
        {
            Red = 1,
            Blue = 4,
        }

        public enum Big
        {
            Red = 1,
            Green = 2,
            Blue = 4,
        }

        public enum Signed : short
        {
            Low = -300,
        }
    }
}
