using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Jobs;

/// <summary>State beyond simple values: it is taken back as it was at the barrier, whatever was changed after, in place or not.</summary>
public sealed class StateRestoreTests
{
    [Theory, InlineData(1), InlineData(3)]
    public async Task Objects_lists_maps_and_nested_types_come_back_as_they_were_at_the_barrier(int parallelism)
    {
        Event[] events = Events.Make(400, keys: 9);
        var collected = new Collected<string>();
        HashSet<int> thrown = [];
        using EmbeddedJob job = Run.Job(
            job => job.From("events", InMemory.Of(events))
                .Select(e => e.Number is 150 or 260 or 390 && thrown.Add(e.Number) ? throw new InvalidTimeZoneException("planted") : e)
                .KeyBy(e => e.Key).Process("ledger", () => new Keeping()).To("out", collected),
            Run.Options(parallelism, configure: o =>
            {
                o.Checkpoints.Periodic = true;
                o.Checkpoints.Interval = TimeSpan.FromMilliseconds(1);
                o.Restart.Policy = RestartPolicy.FixedDelay;
            }));
        await job.CompletesAsync();
        Assert.Equal(3, thrown.Count);
        var expected = new List<string>();
        foreach (IGrouping<string, Event> group in events.GroupBy(e => e.Key))
        {
            var ledger = new Ledger();
            var recent = new List<Entry>();
            var places = new Dictionary<string, (int Number, Mood? Mood)>();
            int resets = 0;
            foreach (Event e in group)
                expected.Add($"{e.Key} {Keeping.Next(e, ledger, recent, places, ref resets)}");
        }

        Assert.Equal(expected.Order(StringComparer.Ordinal), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_cleared_state_stays_cleared()
    {
        var store = new MemoryCheckpointStore();
        var feed = new Feed<int>().Add(5, 0);
        var collected = new Collected<string>();
        void Build(JobBuilder job) => job.From("in", feed).KeyBy(_ => "all").Process("sum", () => new Clearing()).To("out", collected);
        using (EmbeddedJob first = Run.Job(Build, Run.Options(1, store)))
        {
            first.Start();
            await Wait.UntilAsync(() => first.Status.RecordsIn == 2, "both are read");
            await first.StopAsync().Soon();
        }

        feed.Add(7).Complete();
        using EmbeddedJob second = Run.Job(Build, Run.Options(3, store));
        await second.CompletesAsync();
        Assert.Equal(["False", "True", "False"], collected.Rows);
    }

    internal enum Mood
    {
        Calm,
        Wild,
    }

    internal sealed class Ledger
    {
        public int Total { get; set; }

        public Entry? Last { get; set; }

        public List<Entry[]> Pages { get; set; } = [];
    }

    internal sealed record Entry(int Number, string? Note, Mood Mood);

    private sealed class Keeping : KeyedProcessor<string, Event, string>
    {
        private ValueState<Ledger?> _ledger = null!;
        private ListState<Entry> _recent = null!;
        private MapState<string, (int Number, Mood? Mood)> _places = null!;
        private ValueState<int> _resets = null!;

        public static string Next(Event e, Ledger ledger, List<Entry> recent, Dictionary<string, (int Number, Mood? Mood)> places, ref int resets)
        {
            Entry entry = Change(e, ledger);
            recent.Add(entry);
            places[$"p{e.Number % 4}"] = (e.Number, e.Number % 3 == 0 ? null : entry.Mood);
            if (recent.Count > 5)
            {
                recent.Clear();
                resets++;
            }

            return Tell(ledger, recent, places.ToDictionary(), resets);
        }

        public override void Open(StateDeclarations states)
        {
            _resets = states.Value<int>("resets");
            _ledger = states.Value<Ledger?>("ledger");
            _recent = states.List<Entry>("recent");
            _places = states.Map<string, (int Number, Mood? Mood)>("places");
        }

        public override void OnRecord(in Event record, ProcessorContext<string, string> context)
        {
            if (!_ledger.Exists)
                _ledger.Value = new Ledger();
            Entry entry = Change(record, _ledger.Value!);
            _recent.Add(entry);
            _places[$"p{record.Number % 4}"] = (record.Number, record.Number % 3 == 0 ? null : entry.Mood);
            if (_recent.Count > 5)
            {
                _recent.Clear();
                _resets.Update()++;
            }

            context.Emit($"{context.Key} {Tell(_ledger.Value!, _recent, _places.ToDictionary(), _resets.Value)}");
        }

        /// <summary>Changes the object in place: the state is told of it by having handed it out.</summary>
        private static Entry Change(Event e, Ledger ledger)
        {
            var entry = new Entry(e.Number, e.Number % 2 == 0 ? null : $"note {e.Number}", e.Number % 5 == 0 ? Mood.Wild : Mood.Calm);
            ledger.Total += e.Number;
            ledger.Last = entry;
            if (e.Number % 7 == 0)
                ledger.Pages.Add([entry, entry with { Note = "copy" }]);
            return entry;
        }

        private static string Tell(Ledger ledger, IEnumerable<Entry> recent, Dictionary<string, (int Number, Mood? Mood)> places, int resets)
            => $"{ledger.Total} {ledger.Last} {ledger.Pages.Count} {ledger.Pages.Sum(page => page.Sum(entry => entry.Number))} [{string.Join(";", recent)}] "
                + $"{string.Join(";", places.OrderBy(place => place.Key).Select(place => $"{place.Key}={place.Value}"))} {resets}";
    }

    private sealed class Clearing : KeyedProcessor<string, int, string>
    {
        private ValueState<int> _sum = null!;

        public override void Open(StateDeclarations states) => _sum = states.Value<int>("sum");

        public override void OnRecord(in int record, ProcessorContext<string, string> context)
        {
            context.Emit($"{_sum.Exists}");
            if (record == 0)
                _sum.Clear();
            else
                _sum.Value = record;
        }
    }
}
