using System.Globalization;
using System.Numerics;
using Gristmill.TestKit.Simulation;

namespace Gristmill.TestKit.Tests.Simulation.Topologies;

/// <summary>
/// A job in four versions, see <see cref="EvolvingTypes"/>: records in flight, keys and state change by the rules of
/// docs/format.md, an operator is renamed, a branch removed. The output is the same in all of them.
/// </summary>
public sealed class Evolving : Topology
{
    private const long Far = 1_000_000_000;

    public override int Versions => 4;

    /// <summary>Version 2 widens numbers, which nobody narrows again; 1 and 3 change nothing that can't be taken back.</summary>
    public override bool GoesOnFrom(int written, int started) => written <= started || (written, started) is (1, 0) or (3, 2);

    public override void Build(JobBuilder job, SimulationContext sim)
    {
        switch (sim.Version)
        {
            case 0:
                Build<int, EvolvingTypes.V0.Event, EvolvingTypes.V0.Tally, short>(job, sim, "counts");
                break;
            case 1:
                Build<int, EvolvingTypes.V1.Event, EvolvingTypes.V1.Tally, short>(job, sim, "counts");
                break;
            case 2:
                // Said in advance, so that version 3 can be taken back.
                sim.Upgrade.Renamed["tallies"] = "counts";
                Build<long, EvolvingTypes.V2.Event, EvolvingTypes.V2.Tally, int>(job, sim, "counts");
                break;
            default:
                sim.Upgrade.Renamed["counts"] = "tallies";
                sim.Upgrade.Removed.Add("extra");
                sim.Upgrade.Removed.Add("nowhere");
                Build<long, EvolvingTypes.V3.Event, EvolvingTypes.V3.Tally, int>(job, sim, "tallies");
                break;
        }
    }

    public override IEnumerable<Line> Expected(int variant)
    {
        foreach (IGrouping<string, Reading> key in Rows.Splits(variant, 4).SelectMany(r => r).GroupBy(r => r.Key))
        {
            var facts = default(Facts);
            foreach (Reading r in key)
            {
                facts = facts.With(r.Value, r.Number);
                yield return new Line($"{key.Key[1..]} {facts}");
            }

            yield return new Line($"{key.Key[1..]} last {string.Join(',', key.TakeLast(4).Select(r => r.Value))}, digits "
                + string.Join(',', key.GroupBy(r => r.Value % 10).OrderBy(g => g.Key).Select(g => $"{g.Key}:{g.Count()}")));
        }
    }

    private static void Build<TKey, TEvent, TTally, TNumber>(JobBuilder job, SimulationContext sim, string name)
        where TKey : notnull
        where TEvent : IEvolvingEvent<TEvent, TKey>
        where TTally : IEvolvingTally<TTally>
        where TNumber : struct, INumber<TNumber>
    {
        Stream<TEvent> events = job.From("readings", sim.SourceOfSplits(Rows.Splits(sim.Variant, 4)))
            .Select(reading => TEvent.Of(reading))
            .WithTimestamps(e => e.TimeMs, TimeSpan.FromMilliseconds(Rows.OutOfOrderMs));
        events.KeyBy(e => e.Owner)
            .Process(name, () => new Counts<TKey, TEvent, TTally, TNumber>(sim))
            .To("lines", sim.Sink<Line>("lines"));
        if (sim.Version < 3)
            events.KeyBy(e => e.Amount).Process("extra", () => new Extra<TKey, TEvent>()).To("nowhere", sim.Sink<Line>("nowhere"));
    }

    private sealed class Counts<TKey, TEvent, TTally, TNumber>(SimulationContext sim) : KeyedProcessor<TKey, TEvent, Line>
        where TKey : notnull
        where TEvent : IEvolvingEvent<TEvent, TKey>
        where TTally : IEvolvingTally<TTally>
        where TNumber : struct, INumber<TNumber>
    {
        private ValueState<TTally> _tally = null!;
        private ListState<TNumber> _last = null!;
        private MapState<TNumber, int> _digits = null!;
        private ValueState<bool>? _added;

        public override void Open(StateDeclarations states)
        {
            // Not in the order of the versions before.
            if (sim.Version == 1)
                _added = states.Value<bool>("added");
            _last = states.List<TNumber>("last");
            _tally = states.Value<TTally>("tally");
            _digits = states.Map<TNumber, int>("digits");
        }

        public override void OnRecord(in TEvent record, ProcessorContext<TKey, Line> context)
        {
            sim.FailPoint();
            Facts facts = default;
            if (_tally.Exists)
            {
                TTally before = _tally.Value;
                facts = before.Facts;
                if (before.Fault() is { } fault)
                    context.Emit(new Line($"{context.Key}: version {sim.Version} {fault} {before}"));
            }

            facts = facts.With(record.Amount, record.Counter);
            _tally.Value = TTally.Of(facts);
            context.Emit(new Line(string.Create(CultureInfo.InvariantCulture, $"{context.Key} {facts}")));
            _last.Add(TNumber.CreateChecked(record.Amount));
            if (_last.Count > 4)
                KeepLastFour();
            TNumber digit = TNumber.CreateChecked(record.Amount % 10);
            _digits[digit] = _digits.TryGetValue(digit, out int times) ? times + 1 : 1;
            if (_added is not null)
                _added.Value = true;
            if (facts.Count > 1)
                context.DeleteTimer(TimerKind.EventTime, Far + facts.Count - 1);
            context.SetTimer(TimerKind.EventTime, Far + facts.Count);
        }

        public override void OnTimer(in DueTimer timer, ProcessorContext<TKey, Line> context)
            => context.Emit(new Line($"{context.Key} last {string.Join(',', _last)}, digits {string.Join(',', _digits.OrderBy(d => d.Key).Select(d => $"{d.Key}:{d.Value}"))}"));

        private void KeepLastFour()
        {
            List<TNumber> kept = [.. _last.Skip(1)];
            _last.Clear();
            _last.AddRange(kept);
        }
    }

    /// <summary>Keeps something and says nothing, so that it may go and come.</summary>
    private sealed class Extra<TKey, TEvent> : KeyedProcessor<int, TEvent, Line>
        where TEvent : IEvolvingEvent<TEvent, TKey>
    {
        private ListState<long> _numbers = null!;

        public override void Open(StateDeclarations states) => _numbers = states.List<long>("numbers");

        public override void OnRecord(in TEvent record, ProcessorContext<int, Line> context) => _numbers.Add(record.Counter);
    }
}

/// <summary>What a tally of any version says.</summary>
public readonly record struct Facts(long Count, long Sum, int LastAmount, long LastCounter)
{
    public Facts With(int amount, long counter) => new(Count + 1, Sum + amount, amount, counter);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{Count} sum {Sum} last {LastAmount} of {LastCounter}");
}

/// <summary>A record of some version.</summary>
public interface IEvolvingEvent<TSelf, TKey>
{
    TKey Owner { get; }

    long Counter { get; }

    long TimeMs { get; }

    int Amount { get; }

    static abstract TSelf Of(in Reading reading);
}

/// <summary>State of some version.</summary>
public interface IEvolvingTally<TSelf>
{
    Facts Facts { get; }

    /// <summary>What of it contradicts the rest; null: nothing.</summary>
    string? Fault();

    static abstract TSelf Of(in Facts facts);
}
