using Gristmill.Embedded;
using Gristmill.Operators;

namespace Gristmill.Engine.Tests.Embedded;

/// <summary>What a worker reads; its own source is 0, and 1 and 2 are others'. The own one has come from 100 to 200 since the last look.</summary>
public sealed class ReadingTurnsTests
{
    private readonly Dictionary<int, long> _watermarks = new() { [0] = 100, [1] = 200, [2] = 200 };
    private readonly ReadingTurns _turns;

    public ReadingTurnsTests()
    {
        _turns = new ReadingTurns(0, [1, 2], source => _watermarks[source]);
        Read(ReadingTurns.Turns + 1);
        _watermarks[0] = 200;
        Read(ReadingTurns.Turns);
    }

    [Theory]
    [InlineData(150, 0), InlineData(149, 1)]
    public void One_that_is_further_behind_than_half_of_what_the_own_one_came_is_helped(long watermark, int read)
    {
        _watermarks[1] = watermark;
        Assert.Equal([read], Read(1));
    }

    [Fact]
    public void Help_ends_after_a_while_and_the_own_source_is_read_all_the_time()
    {
        _watermarks[1] = 140;
        Assert.Equal([1, .. Enumerable.Repeat<int[]>([1, 1, 1, 0], ReadingTurns.Turns / 4).SelectMany(turn => turn)], Read(ReadingTurns.Turns + 1));
        Assert.Equal(Own(ReadingTurns.Turns + 1), Read(ReadingTurns.Turns + 1));
        _watermarks[0] = 300;
        Assert.Equal([1], Read(1));
    }

    [Fact]
    public void Of_several_the_last_is_helped_until_it_has_caught_up()
    {
        (_watermarks[1], _watermarks[2]) = (80, 60);
        Assert.Equal([2, 2], Read(2));
        _watermarks[2] = 200;
        Assert.Equal(Own(ReadingTurns.Turns), Read(ReadingTurns.Turns));
    }

    [Fact]
    public void One_whose_own_worker_is_in_it_is_tried_again_soon()
    {
        _watermarks[1] = 140;
        for (int time = 0; time < 3; time++)
        {
            Assert.Equal(1, _turns.Next());
            _turns.Came(1, worked: null);
            Assert.Equal(Own(ReadingTurns.Pause), Read(ReadingTurns.Pause));
        }

        Assert.Equal([1, 1, 1, 1, 0], Read(5));
        Assert.Equal(1, _turns.Next());
        _turns.Came(1, worked: null);
        Assert.Equal([1, 1, 0], Read(3));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void One_that_has_nothing_to_read_gives_way_to_the_next_at_the_next_look(bool whileHelped)
    {
        (_watermarks[1], _watermarks[2]) = (140, 130);
        if (whileHelped)
            Assert.Equal([2, 2], Read(2));
        Assert.Equal(2, _turns.Next());
        _turns.Came(2, worked: false);
        Assert.Equal(Own(ReadingTurns.Turns), Read(ReadingTurns.Turns));
        _watermarks[0] = 300;
        Assert.Equal([1], Read(1));
        _watermarks[1] = 300;
        Assert.Equal(Own(ReadingTurns.Turns + 1), Read(ReadingTurns.Turns + 1));
        Assert.Equal([2], Read(1));
    }

    [Fact]
    public void Without_event_time_nobody_is_behind()
    {
        _watermarks[1] = ChainOperator.NoWatermark;
        Assert.Equal(Own(3 * ReadingTurns.Turns), Read(3 * ReadingTurns.Turns));
        (_watermarks[0], _watermarks[2]) = (ChainOperator.NoWatermark, 7);
        Assert.Equal(Own(3 * ReadingTurns.Turns), Read(3 * ReadingTurns.Turns));
    }

    private static IEnumerable<int> Own(int turns) => Enumerable.Repeat(0, turns);

    private List<int> Read(int turns)
    {
        var read = new List<int>();
        for (int turn = 0; turn < turns; turn++)
        {
            int next = _turns.Next();
            if (next != 0)
                _turns.Came(next, worked: true);
            read.Add(next);
        }

        return read;
    }
}
