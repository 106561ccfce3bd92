using Gristmill.Codec;

namespace Gristmill.Engine.Tests.Codec;

public class RefusalTests
{
    [Fact]
    public void Type_member_and_remedy_are_named()
    {
        var error = Assert.Throws<UnsupportedTypeException>(() => Codecs.For<Cart>());

        Assert.Equal(typeof(Cart), error.Type);
        Assert.Equal(
            "Cart.Goods[].Factory: System.Func`1 can't be kept in a snapshot. It is code. "
            + "Keep the data that chooses it, e.g. an enum, and look the code up when it is needed.",
            error.Problems[0]);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        var problems = Codecs.Problems(typeof(Cart));

        Assert.Equal(
            ["Cart.Goods[].Factory", "Cart.Pending", "Cart.Any", "Cart.Lookup[key]", "Cart.Lookup[value]", "Cart.Grid", "Cart.Address"],
            problems.Select(p => p.Split(':')[0]));
        Assert.Equal(problems, Assert.Throws<UnsupportedTypeException>(Codecs.For<Cart>).Problems);
    }

    [Theory]
    [InlineData(typeof(Action), "It is code")]
    [InlineData(typeof(Task<int>), "Await it")]
    [InlineData(typeof(ValueTask), "Await it")]
    [InlineData(typeof(FileStream), "open stream")]
    [InlineData(typeof(Type), "Keep its name")]
    [InlineData(typeof(InvalidOperationException), "Keep its message")]
    [InlineData(typeof(object), "concrete type")]
    [InlineData(typeof(IReadOnlyList<int>), "List<T> for IReadOnlyList<T>")]
    [InlineData(typeof(Abstract), "is abstract")]
    [InlineData(typeof(nint), "is an address")]
    [InlineData(typeof(nuint), "is an address")]
    [InlineData(typeof(int*), "is an address")]
    [InlineData(typeof(Span<int>), "ref struct")]
    [InlineData(typeof(List<>), "open generic")]
    [InlineData(typeof(int[,]), "one dimension")]
    [InlineData(typeof(Uri), "belongs to .NET")]
    [InlineData(typeof(System.Text.StringBuilder), "belongs to .NET")]
    [InlineData(typeof(Memory<byte>), "belongs to .NET")]
    [InlineData(typeof(OwnList), "derives from System.Collections.Generic.List`1")]
    [InlineData(typeof(Finalized), "has a finalizer")]
    [InlineData(typeof(Inline), "inline array")]
    [InlineData(typeof(Fixed), "fixed buffer")]
    [InlineData(typeof(void), "belongs to .NET")]
    public void What_cannot_be_kept_is_refused(Type type, string reason)
    {
        Assert.Contains(reason, Assert.Single(Codecs.Problems(type)), StringComparison.Ordinal);
        Assert.Throws<UnsupportedTypeException>(() => Codecs.For(type));
    }

    [Fact]
    public void A_good_type_has_no_problems() => Assert.Empty(Codecs.Problems(typeof(Everything)));

    public sealed record Product(string Name, Func<int> Factory);

    public sealed class Cart
    {
        public List<Product> Goods { get; set; } = [];
        public Task? Pending { get; set; }
        public object? Any { get; set; }
        public Dictionary<IComparable, Stream>? Lookup { get; set; }
        public int[,]? Grid { get; set; }
        public nint Address { get; set; }
        public Product? Again { get; set; }
    }

    public abstract class Abstract;

    public sealed class OwnList : List<int>;

    public sealed class Finalized
    {
        ~Finalized() => GC.KeepAlive(this);
    }

    [System.Runtime.CompilerServices.InlineArray(4)]
    public struct Inline
    {
        public int First;
    }

    public unsafe struct Fixed
    {
        public fixed int Numbers[4];
    }
}
