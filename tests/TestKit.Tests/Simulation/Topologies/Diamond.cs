using Gristmill.TestKit.Simulation;

namespace Gristmill.TestKit.Tests.Simulation.Topologies;

/// <summary>A stream that goes two ways, a short and a long one, and comes together again: barriers of both wait for each other.</summary>
public sealed class Diamond : Topology
{
    private const long Far = 1_000_000_000;

    public override void Build(JobBuilder job, SimulationContext sim)
    {
        Stream<Reading> readings = job.From("readings", sim.SourceOfSplits(Rows.Splits(sim.Variant, 4)))
            .WithTimestamps(r => r.Time, TimeSpan.FromMilliseconds(Rows.OutOfOrderMs));
        KeyedStream<string, Numbered> numbered = readings.KeyBy(r => r.Key)
            .Process("number", () => new Number())
            .KeyBy(n => OtherKey(n.Value));
        readings.KeyBy(r => OtherKey(r.Value)).Connect(numbered).Process("meet", () => new Meet(sim)).To("lines", sim.Sink<Line>("lines"));
    }

    public override IEnumerable<Line> Expected(int variant)
        => Rows.Splits(variant, 4).SelectMany(r => r).GroupBy(r => r.Key)
            .SelectMany(g => g.Select((r, i) => (Reading: r, Count: i + 1)))
            .GroupBy(r => OtherKey(r.Reading.Value))
            .Select(g => new Line($"{g.Key} {g.Sum(r => r.Reading.Number)} {g.Sum(r => r.Count)} {string.Join(',', g.Select(r => r.Count).Order())}"));

    private static string OtherKey(int value) => $"v{value & 15}";

    private readonly record struct Numbered(int Value, int Count);

    private sealed class Number : KeyedProcessor<string, Reading, Numbered>
    {
        private ValueState<int> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnRecord(in Reading record, ProcessorContext<string, Numbered> context)
            => context.Emit(new Numbered(record.Value, ++_count.Update()));
    }

    private sealed class Meet(SimulationContext sim) : KeyedProcessor<string, Reading, Numbered, Line>
    {
        private ValueState<(long Numbers, long Counts)> _sums = null!;
        private ListState<int> _counts = null!;

        public override void Open(StateDeclarations states)
        {
            _sums = states.Value<(long, long)>("sums");
            _counts = states.List<int>("counts");
        }

        public override void OnLeft(in Reading record, ProcessorContext<string, Line> context)
        {
            _sums.Update().Numbers += record.Number;
            context.SetTimer(TimerKind.EventTime, Far);
        }

        public override void OnRight(in Numbered record, ProcessorContext<string, Line> context)
        {
            sim.FailPoint();
            _sums.Update().Counts += record.Count;
            _counts.Add(record.Count);
        }

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, Line> context)
            => context.Emit(new Line($"{context.Key} {_sums.Value.Numbers} {_sums.Value.Counts} {string.Join(',', _counts.Order())}"));
    }
}
