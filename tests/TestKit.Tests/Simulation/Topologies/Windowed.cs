using Gristmill.TestKit.Simulation;

namespace Gristmill.TestKit.Tests.Simulation.Topologies;

/// <summary>Tumbling windows, and a count of windows a key behind them. Nothing is late.</summary>
public sealed class Windowed : Topology
{
    private const int SizeMs = 150;

    public override void Build(JobBuilder job, SimulationContext sim)
    {
        var late = new SideOutput<Reading>("late");
        OperatorStream<Total> totals = job.From("readings", sim.SourceOfSplits(Rows.Splits(sim.Variant, 3)))
            .Select(r => r)
            .WithTimestamps(r => r.Time, TimeSpan.FromMilliseconds(Rows.OutOfOrderMs))
            .KeyBy(r => r.Key)
            .Window(Tumbling.Of(TimeSpan.FromMilliseconds(SizeMs)))
            .LateTo(late)
            .Aggregate("totals", new Sum(sim));
        totals.Select(t => new Line(t.ToString())).To("windows", sim.Sink<Line>("windows")).WithParallelism(1 + (sim.Variant % 3));
        totals.SideOutput(late).Select(r => new Line($"late {r}")).To("late", sim.Sink<Line>("late"));
        totals.KeyBy(t => t.Key[^1]).Process("per digit", () => new Numbered()).To("digits", sim.Sink<Line>("digits"));
    }

    public override IEnumerable<Line> Expected(int variant)
    {
        List<Total> totals = [.. Rows.Splits(variant, 3).SelectMany(r => r)
            .GroupBy(r => (r.Key, Start: r.Time / SizeMs * SizeMs))
            .Select(g => new Total(g.Key.Key, g.Key.Start, g.Count(), g.Sum(r => r.Value), g.Max(r => r.Value)))];
        return totals.Select(t => new Line(t.ToString()))
            .Concat(totals.GroupBy(t => t.Key[^1]).SelectMany(g => Enumerable.Range(1, g.Count()).Select(i => new Line($"{g.Key} has {i}"))));
    }

    private sealed record Total(string Key, long Start, int Count, long Sum, int Max);

    private struct Accumulator
    {
        public int Count;
        public long Sum;
        public int Max;
    }

    private sealed class Sum(SimulationContext sim) : WindowAggregate<string, Reading, Accumulator, Total>
    {
        public override Accumulator Create() => new() { Max = int.MinValue };

        public override void Add(ref Accumulator accumulator, in Reading record)
        {
            sim.FailPoint();
            accumulator.Count++;
            accumulator.Sum += record.Value;
            accumulator.Max = Math.Max(accumulator.Max, record.Value);
        }

        public override Total Result(string key, Window window, in Accumulator accumulator)
            => new(key, window.StartMs, accumulator.Count, accumulator.Sum, accumulator.Max);
    }

    private sealed class Numbered : KeyedProcessor<char, Total, Line>
    {
        private ValueState<int> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnRecord(in Total record, ProcessorContext<char, Line> context)
            => context.Emit(new Line($"{context.Key} has {++_count.Update()}"));
    }
}
