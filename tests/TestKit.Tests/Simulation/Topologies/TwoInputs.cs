using Gristmill.TestKit.Simulation;

namespace Gristmill.TestKit.Tests.Simulation.Topologies;

/// <summary>Two keyed streams with shared state: each side is numbered as it comes, what both have is said at the end.</summary>
public sealed class TwoInputs : Topology
{
    private const long Far = 1_000_000_000;

    public override void Build(JobBuilder job, SimulationContext sim)
    {
        // Idle or not: the only timers are those of the end.
        TimeSpan? idle = sim.Variant % 3 == 0 ? TimeSpan.FromMilliseconds(3) : null;
        KeyedStream<string, Reading> left = job.From("left", sim.SourceOfSplits(Rows.Splits(sim.Variant, 2)))
            .WithTimestamps(r => r.Time, TimeSpan.FromMilliseconds(Rows.OutOfOrderMs), idle)
            .KeyBy(r => r.Key);
        KeyedStream<string, long> right = job.From("right", sim.SourceOfSplits(Rows.Splits(sim.Variant, 3, salt: 7)))
            .WithTimestamps(r => r.Time, TimeSpan.FromMilliseconds(Rows.OutOfOrderMs), idle)
            .Where(r => r.Value > -40)
            .KeyBy(r => r.Key)
            .Process("numbers", () => new Numbers())
            .KeyBy(n => $"k{n % 17}");
        left.Connect(right).Process("both", () => new Both(sim)).To("lines", sim.Sink<Line>("lines"));
    }

    public override IEnumerable<Line> Expected(int variant)
    {
        ILookup<string, Reading> left = Rows.Splits(variant, 2).SelectMany(r => r).ToLookup(r => r.Key);
        ILookup<string, long> right = Rows.Splits(variant, 3, salt: 7).SelectMany(r => r).Where(r => r.Value > -40)
            .GroupBy(r => r.Key).SelectMany(g => g.Select((r, i) => r.Number * (i + 1))).ToLookup(n => $"k{n % 17}");
        foreach (string key in left.Select(g => g.Key).Union(right.Select(g => g.Key)))
        {
            for (int i = 1; i <= left[key].Count(); i++)
                yield return new Line($"{key} left {i}");
            for (int i = 1; i <= right[key].Count(); i++)
                yield return new Line($"{key} right {i}");
            yield return new Line($"{key} {left[key].Sum(r => r.Value)} and {string.Join(',', right[key].Order())}");
        }
    }

    /// <summary>Multiplies with a running count, so that a record seen twice or never shifts all that follow.</summary>
    private sealed class Numbers : KeyedProcessor<string, Reading, long>
    {
        private ValueState<int> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnRecord(in Reading record, ProcessorContext<string, long> context)
            => context.Emit(record.Number * ++_count.Update());
    }

    private sealed class Both(SimulationContext sim) : KeyedProcessor<string, Reading, long, Line>
    {
        private ValueState<(int Left, int Right)> _counts = null!;
        private ValueState<long> _sum = null!;
        private ListState<long> _numbers = null!;

        public override void Open(StateDeclarations states)
        {
            _counts = states.Value<(int, int)>("counts");
            _sum = states.Value<long>("sum");
            _numbers = states.List<long>("numbers");
        }

        public override void OnLeft(in Reading record, ProcessorContext<string, Line> context)
        {
            sim.FailPoint();
            ref (int Left, int Right) counts = ref _counts.Update();
            counts.Left++;
            _sum.Value += record.Value;
            context.Emit(new Line($"{context.Key} left {_counts.Value.Left}"));
            context.SetTimer(TimerKind.EventTime, Far);
        }

        public override void OnRight(in long record, ProcessorContext<string, Line> context)
        {
            ref (int Left, int Right) counts = ref _counts.Update();
            counts.Right++;
            context.Emit(new Line($"{context.Key} right {counts.Right}"));
            _numbers.Add(record);
            context.SetTimer(TimerKind.EventTime, Far);
        }

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, Line> context)
            => context.Emit(new Line($"{context.Key} {_sum.Value} and {string.Join(',', _numbers.Order())}"));
    }
}
