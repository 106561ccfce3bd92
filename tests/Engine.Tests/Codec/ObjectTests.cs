using Gristmill.Codec;
using static Gristmill.Engine.Tests.Codec.Coding;

namespace Gristmill.Engine.Tests.Codec;

public class ObjectTests
{
    [Fact]
    public void Private_inherited_readonly_and_captured_fields_come_back_without_a_constructor()
    {
        var back = RoundTrip(new Derived(7, "captured"));

        Assert.Equal((7, "captured", "base", "derived"), (back.Hidden, back.Captured, back.Secret, back.OwnSecret));
        Assert.False(back.HasGate, "a field that isn't kept is left at its default");
    }

    [Fact]
    public void Fields_are_named_by_their_properties_and_told_apart_by_their_class() => Assert.Equal(
        "record Derived { _hidden: int32, Gristmill.Engine.Tests.Codec.Base._secret: string, captured: string, "
        + "Gristmill.Engine.Tests.Codec.Derived._secret: string }?",
        Codecs.For<Derived>().Schema.ToString());

    [Fact]
    public void Records_come_back_equal()
    {
        var line = new Line("sku", 3, 4.5m);
        Assert.Equal(line, RoundTrip(line));
        Assert.Equal(new Nothing(), RoundTrip(new Nothing()));
        Assert.Equal(3, RoundTrip(new Empty[3]).Length);
    }

    [Fact]
    public void A_chain_a_tree_and_a_tree_of_structs_come_back()
    {
        var chain = RoundTrip(new Node { Value = 1, Next = new() { Value = 2 } });
        Assert.Equal((1, 2, null), (chain.Value, chain.Next!.Value, chain.Next.Next));

        var tree = RoundTrip(new Tree("a", [new("b", []), new("c", [new("d", [])])]));
        Assert.Equal("d", tree.Children[1].Children[0].Name);

        var branch = RoundTrip(new Branch { Value = 1, Twigs = [new() { Value = 2, Twigs = [] }] });
        Assert.Equal(2, branch.Twigs![0].Value);
    }

    [Fact]
    public void A_circle_is_refused_and_does_not_overflow_the_stack()
    {
        var node = new Node();
        node.Next = node;
        var branch = new Branch { Twigs = [default] };
        branch.Twigs[0] = branch;

        Assert.Contains("refers to itself in a circle", Assert.Throws<InvalidOperationException>(() => Encode(node)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Encode(branch));
    }

    [Fact]
    public void A_writer_is_good_again_after_it_has_been_truncated()
    {
        var circle = new Node();
        circle.Next = circle;
        var writer = new ByteWriter();
        writer.WriteByte(42);

        Assert.Throws<InvalidOperationException>(() => Codecs.For<Node>().Write(writer, circle));
        writer.Truncate(1);
        Codecs.For<Node>().Write(writer, new Node { Value = 1 });

        Assert.Equal("2A" + "01" + "01000000" + "00", Convert.ToHexString(writer.Written));
    }

    [Fact]
    public void A_chain_of_a_thousand_comes_back_and_a_longer_one_is_refused()
    {
        var count = 0;
        for (var node = RoundTrip(Chain(1000)); node is not null; node = node.Next)
            count++;
        Assert.Equal(1000, count);
        Assert.Throws<InvalidOperationException>(() => Encode(Chain(1001)));
    }

    [Fact]
    public void A_derived_object_is_refused_where_its_base_is_declared()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Encode<Base>(new Derived(1, "x")));
        Assert.Contains("Derived stands where", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_comparer_that_would_be_lost_is_refused()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Encode(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)));
        Assert.Contains("would lose the comparer", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => Encode(new HashSet<string>(StringComparer.OrdinalIgnoreCase)));
        Assert.Throws<InvalidOperationException>(() => Encode(new SortedSet<int>(Comparer<int>.Create((a, b) => b - a))));
        Assert.Empty(RoundTrip(new HashSet<string>(StringComparer.Ordinal)));
    }

    private static Node? Chain(int length)
    {
        Node? first = null;
        for (var i = 0; i < length; i++)
            first = new() { Value = i, Next = first };
        return first;
    }
}
