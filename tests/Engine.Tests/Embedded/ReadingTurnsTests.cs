using Gristmill.Embedded;
using Gristmill.Operators;

namespace Gristmill.Engine.Tests.Embedded;

/// <summary>Which source a worker reads; its own is 0, and the others are another worker's.</summary>
public sealed class ReadingTurnsTests
{
    private readonly Dictionary<int, long> _watermarks = new() { [0] = 100, [1] = 100, [2] = 100 };
    private readonly ReadingTurns _turns;

    public ReadingTurnsTests() => _turns = new ReadingTurns([1, 2], source => _watermarks[source]);

    [Fact]
    public void A_worker_whose_source_is_not_ahead_reads_it_on_and_on()
    {
        _watermarks[1] = 101;
        Assert.Equal(Times(0, 5 * ReadingTurns.Steps), Read(5 * ReadingTurns.Steps));
    }

    [Fact]
    public void One_that_is_behind_is_read_for_a_while_and_then_the_own_one_again()
    {
        _watermarks[1] = 99;
        Assert.Equal(
            [.. Times(0, ReadingTurns.Steps), .. Times(1, ReadingTurns.Steps), .. Times(0, ReadingTurns.Steps), 1],
            Read(3 * ReadingTurns.Steps + 1));
    }

    [Fact]
    public void Of_several_that_are_behind_the_last_is_helped_until_it_has_caught_up()
    {
        (_watermarks[1], _watermarks[2]) = (80, 60);
        Assert.Equal([.. Times(0, ReadingTurns.Steps), 2, 2], Read(ReadingTurns.Steps + 2));
        _watermarks[2] = 100;
        Assert.Equal([0], Read(1));
    }

    [Fact]
    public void What_its_own_worker_is_reading_is_tried_again_at_each_turn()
    {
        _watermarks[1] = 99;
        Read(ReadingTurns.Steps);
        for (int turn = 0; turn < 3; turn++)
        {
            Assert.Equal(1, _turns.Next(0));
            _turns.Came(1, worked: null);
        }

        Assert.Equal(Times(1, ReadingTurns.Steps), Read(ReadingTurns.Steps));
    }

    [Fact]
    public void One_that_waits_for_records_is_left_alone_until_the_next_look()
    {
        _watermarks[1] = 99;
        Read(ReadingTurns.Steps);
        Assert.Equal(1, _turns.Next(0));
        _turns.Came(1, worked: false);
        Assert.Equal([.. Times(0, ReadingTurns.Steps), 1], Read(ReadingTurns.Steps + 1));
    }

    [Fact]
    public void Without_event_time_nobody_is_behind()
    {
        _watermarks[1] = ChainOperator.NoWatermark;
        Assert.Equal(Times(0, 3 * ReadingTurns.Steps), Read(3 * ReadingTurns.Steps));
        (_watermarks[0], _watermarks[2]) = (ChainOperator.NoWatermark, 7);
        Assert.Equal(Times(0, 3 * ReadingTurns.Steps), Read(3 * ReadingTurns.Steps));
    }

    private static IEnumerable<int> Times(int source, int count) => Enumerable.Repeat(source, count);

    private List<int> Read(int steps)
    {
        var read = new List<int>();
        for (int step = 0; step < steps; step++)
        {
            int next = _turns.Next(0);
            if (next != 0)
                _turns.Came(next, worked: true);
            read.Add(next);
        }

        return read;
    }
}
