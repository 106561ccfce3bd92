using Gristmill.TestKit.Simulation;

namespace Gristmill.TestKit.Tests.Simulation.Topologies;

/// <summary>Two sources, select, where, select many, union, two sinks.</summary>
public sealed class Stateless : Topology
{
    public override void Build(JobBuilder job, SimulationContext sim)
    {
        Stream<Reading> left = job.From("left", sim.SourceOfSplits(Rows.Splits(sim.Variant, 11))).Where(r => r.Value >= -25);
        Stream<Reading> right = job.From("right", sim.SourceOfSplits(Rows.Splits(sim.Variant, 2, salt: 1))).Select(r => r with { Key = "r" + r.Key });
        Stream<Line> lines = left.Union(right).WithParallelism(2).SelectMany(r =>
        {
            sim.FailPoint();
            return Repeat(r);
        });
        lines.To("lines", sim.Sink<Line>("lines"));
        right.Where(r => r.Value > 30).Select(r => new Line($"high {r.Key} {r.Number}")).To("high", sim.Sink<Line>("high"));
    }

    public override IEnumerable<Line> Expected(int variant)
    {
        IEnumerable<Reading> left = Rows.Splits(variant, 11).SelectMany(r => r).Where(r => r.Value >= -25);
        List<Reading> right = [.. Rows.Splits(variant, 2, salt: 1).SelectMany(r => r).Select(r => r with { Key = "r" + r.Key })];
        return left.Concat(right).SelectMany(Repeat)
            .Concat(right.Where(r => r.Value > 30).Select(r => new Line($"high {r.Key} {r.Number}")));
    }

    private static IEnumerable<Line> Repeat(Reading reading)
        => Enumerable.Range(0, (int)(reading.Number % 3)).Select(i => new Line($"{reading.Key} {reading.Number} {i}"));
}
