using System.Reflection;
using Gristmill.Operators;
using Gristmill.State;

namespace Gristmill.Engine.Tests.Operators;

public sealed class TimerQueueTests : IDisposable
{
    private const int Changes = 100_000;
    private const int Keys = 10;
    private const int FewQueued = 4096;
    private const long Far = 1_000_000_000_000;

    private readonly TimerQueue<long> _timers = new(new TableOptions(16, 0, 16, 2, true));

    public void Dispose() => _timers.Table.Dispose();

    [Fact]
    public void Timers_that_are_put_off_again_and_again_do_not_pile_up()
    {
        var set = new long?[Keys];
        int most = 0;
        for (int n = 0; n < Changes; n++)
        {
            int key = n % Keys;
            if (set[key] is { } before)
                _timers.Delete(key, before);
            _timers.Set(key, (set[key] = Far + n).Value);
            most = Math.Max(most, Queued());
        }

        Assert.InRange(most, Keys, FewQueued);
        Assert.Equal(Enumerable.Range(0, Keys).Select(key => ((long)key, set[key]!.Value)).OrderBy(timer => timer.Value), Due(long.MaxValue));
        Assert.Equal((0, 0), (Queued(), Due(long.MaxValue).Count));
    }

    [Fact]
    public void Timers_that_are_deleted_and_set_again_at_the_same_time_do_not_pile_up_and_are_due_once()
    {
        int most = 0;
        for (int n = 0; n < Changes; n++)
        {
            _timers.Set(n % Keys, Far + (n % Keys));
            _timers.Delete(n % Keys, Far + (n % Keys));
            _timers.Set(n % Keys, Far + (n % Keys));
            most = Math.Max(most, Queued());
        }

        Assert.InRange(most, Keys, FewQueued);
        Assert.Equal(Far, _timers.NextTime);
        Assert.Empty(Due(Far - 1));
        Assert.Equal(Enumerable.Range(0, Keys).Select(key => ((long)key, Far + key)), Due(long.MaxValue));
        Assert.Empty(Due(long.MaxValue));
        Assert.Equal(long.MaxValue, _timers.NextTime);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Whatever_is_set_deleted_and_taken_each_living_timer_is_due_once_in_order_of_time(int seed)
    {
        var random = new Random(seed);
        var model = new HashSet<(long Key, long Time)>();
        long now = 0;
        for (int n = 0; n < Changes; n++)
        {
            (long Key, long Time) timer = (random.Next(50), now + 1 + random.Next(20));
            switch (random.Next(100))
            {
                case < 50:
                    _timers.Set(timer.Key, timer.Time);
                    model.Add(timer);
                    break;
                case < 99:
                    _timers.Delete(timer.Key, timer.Time);
                    model.Remove(timer);
                    break;
                default:
                    now += random.Next(6);
                    AssertDue(now, model);
                    break;
            }
        }

        AssertDue(long.MaxValue, model);
        Assert.Equal(0, Queued());
    }

    [Fact]
    public async Task A_processor_that_puts_its_timer_off_at_each_record_sees_the_last_one_fire_once()
    {
        Event[] events = [.. Events.Make(Changes)];
        var collected = new Collected<string>();
        await Run.ToEndAsync(
            job => job.From("events", InMemory.Of(events)).WithTimestamps(e => e.Time).KeyBy(e => e.Key).Process("put off", () => new PuttingOff()).To("out", collected),
            Run.Options(configure: o => o.BatchSize = 256));
        Assert.Equal(
            events.GroupBy(e => e.Key).Select(group => group.Last()).OrderBy(e => e.Time).Select(e => $"{e.Key} at {e.Time + Far}"),
            collected.Rows);
    }

    private void AssertDue(long now, HashSet<(long Key, long Time)> model)
    {
        List<(long Key, long Time)> due = Due(now);
        Assert.Equal(due.Select(timer => timer.Time).Order(), due.Select(timer => timer.Time));
        Assert.Equal(model.Where(timer => timer.Time <= now).Order(), due.Order());
        model.RemoveWhere(timer => timer.Time <= now);
    }

    private List<(long Key, long Time)> Due(long now)
    {
        var due = new List<(long, long)>();
        while (_timers.TryTakeDue(now, out ScopedKey<long> timer))
            due.Add((timer.Key, timer.Scope));
        return due;
    }

    /// <summary>How many wait in the queue, dead ones too; it tells nobody.</summary>
    private int Queued()
        => ((PriorityQueue<ScopedKey<long>, long>)typeof(TimerQueue<long>).GetField("_queue", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(_timers)!).Count;

    private sealed class PuttingOff : KeyedProcessor<string, Event, string>
    {
        private ValueState<long> _time = null!;

        public override void Open(StateDeclarations states) => _time = states.Value<long>("time");

        public override void OnRecord(in Event record, ProcessorContext<string, string> context)
        {
            if (_time.Exists)
                context.DeleteTimer(TimerKind.EventTime, _time.Value);
            context.SetTimer(TimerKind.EventTime, _time.Update() = record.Time + Far);
        }

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, string> context) => context.Emit($"{context.Key} at {timer.Time}");
    }
}
