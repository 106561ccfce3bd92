namespace Gristmill.Protocol.Tests;

public sealed class IndexSetTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    [InlineData(129)]
    public void It_holds_what_was_put_in_whatever_its_size(int size)
    {
        var set = IndexSet.Empty(size);
        Assert.Equal(size == 0, set.IsFull);
        for (var i = 0; i < size; i++)
        {
            Assert.False(set.Contains(i));
            set = set.With(i);
            Assert.True(set.Contains(i));
            Assert.Equal(i + 1, set.Count);
            Assert.Equal(set, set.With(i));
        }

        Assert.True(set.IsFull && set.Complement().IsEmpty);
        Assert.False(set.Contains(size) || set.Contains(-1) || set.Knows(size));
        Assert.Throws<ProtocolViolationException>(() => set.With(size));
    }

    [Fact]
    public void Sets_are_equal_by_their_members()
    {
        var one = IndexSet.Empty(100).With(3).With(80);
        var same = IndexSet.Empty(100).With(80).With(3);
        Assert.True(one == same && one.GetHashCode() == same.GetHashCode());
        Assert.True(one != same.With(81));
        Assert.Equal("{3,80}", one.ToString());
    }
}
