using System.Collections.Immutable;
using Gristmill.Codec;

namespace Gristmill.Engine.Tests.Codec;

public class TypeTraitsTests
{
    [Theory]
    [InlineData(typeof(long))]
    [InlineData(typeof(string))]
    [InlineData(typeof(Colour))]
    [InlineData(typeof(int?))]
    [InlineData(typeof(Guid))]
    [InlineData(typeof(Pair))]
    [InlineData(typeof(Gappy))]
    [InlineData(typeof((int, string)))]
    [InlineData(typeof(Tuple<int, string>))]
    [InlineData(typeof(Address))]
    [InlineData(typeof(Frozen))]
    [InlineData(typeof(ImmutableArray<Address>))]
    [InlineData(typeof(ImmutableList<int>))]
    public void These_are_immutable(Type type) => Assert.True(TypeTraits.IsImmutable(type));

    [Theory]
    [InlineData(typeof(byte[]))]
    [InlineData(typeof(List<int>))]
    [InlineData(typeof(Order))]
    [InlineData(typeof(Node))]
    [InlineData(typeof(Base))]
    [InlineData(typeof(Branch))]
    [InlineData(typeof((int, int[])))]
    [InlineData(typeof(ImmutableArray<Node>))]
    [InlineData(typeof(Dictionary<int, int>))]
    [InlineData(typeof(object))]
    [InlineData(typeof(Nothing))]
    [InlineData(typeof(Cached))]
    public void These_are_not(Type type) => Assert.False(TypeTraits.IsImmutable(type));

    public sealed record Frozen(int Value, Frozen? Next, ImmutableArray<Frozen> Others);

    public sealed record Cached(int Value)
    {
        [NonSerialized]
        private int _cache;

        public int Twice => _cache == 0 ? _cache = 2 * Value : _cache;
    }
}
