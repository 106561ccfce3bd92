namespace Gristmill.Bench.Tests;

/// <summary>Events are functions of their place, however they are read.</summary>
public class GeneratorTests
{
    [Theory]
    [InlineData(1, 10_000)]
    [InlineData(1, 7)]
    [InlineData(1, 333)]
    [InlineData(1, 3_000_000)]
    [InlineData(60, 999)]
    [InlineData(2000, 10_000)]
    public void An_event_is_the_same_whether_read_in_one_go_or_from_its_place_on(long shuffle, long rate)
    {
        var factory = new EventFactory(new EventNumbers(1000, 42, rate, shuffle));
        var whole = new NexmarkEvent[1000];
        factory.Fill(whole, 0);
        var one = new NexmarkEvent[1];
        for (int place = 0; place < whole.Length; place++)
        {
            factory.Fill(one, place);
            Assert.Equal(whole[place].Hash(), one[0].Hash());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(999)]
    [InlineData(123_456_789)]
    public void Four_bids_at_once_are_drawn_as_one_by_one(long group)
    {
        Assert.SkipUnless(Lanes.AreFast, "This processor has no lanes of four numbers.");
        var together = new long[BidDraws.Room];
        var singly = new long[BidDraws.Room];
        new BidDraws(together).MakeLanes(42, group * 3 + 2, group, 44);
        new BidDraws(singly).MakeOneByOne(42, group * 3 + 2, group, 44);
        for (int column = 0; column < 5; column++)
            Assert.Equal(singly.AsSpan(column * 48, 44).ToArray(), together.AsSpan(column * 48, 44).ToArray());
    }

    [Theory]
    [InlineData(1, 1, 10_000)]
    [InlineData(7, 1, 333)]
    [InlineData(123_456_789, 1, 9_999)]
    public void Time_is_carried_as_it_is_divided(long first, int step, long rate)
    {
        EventClock clock = EventClock.At(first, rate);
        for (long number = first; number < first + 10_000; number += step)
        {
            Assert.Equal(1_436_918_400_000 + number * 1000 / rate, clock.Now);
            clock.Advance();
        }
    }

    [Theory]
    [InlineData(2, 1001)]
    [InlineData(100, 1000)]
    [InlineData(1000, 10_500)]
    [InlineData(5000, 1000)]
    public void A_shuffle_gives_each_number_once_and_leaves_the_last_group_in_order(long shuffle, int events)
    {
        var numbers = new EventNumbers(events, 42, 10_000, shuffle);
        EventNumbers.ShuffledNumbers order = numbers.From(0);
        var all = Enumerable.Range(0, events).Select(_ => order.Next()).ToList();
        for (int i = 0; i < events; i++)
            Assert.Equal(i / shuffle * shuffle + shuffle > events ? i : i / shuffle * shuffle + i % shuffle * 953 % shuffle, all[i]);
        Assert.Equal(Enumerable.Range(0, events).Select(i => (long)i), all.Order());
    }

    [Fact]
    public void An_event_fits_a_cache_line()
        => Assert.Equal(64, System.Runtime.CompilerServices.Unsafe.SizeOf<NexmarkEvent>());
}
