using Gristmill.TestKit.Simulation;

namespace Gristmill.TestKit.Tests.Simulation.Topologies;

/// <summary>A processor with value, list and map state, timers of both kinds and a side output.</summary>
public sealed class Keyed : Topology
{
    private const long Far = 1_000_000_000;

    public override void Build(JobBuilder job, SimulationContext sim)
    {
        var side = new SideOutput<Line>("fifths");
        OperatorStream<Line> counted = job.From("readings", sim.SourceOfSplits(Rows.Splits(sim.Variant, 4)))
            .WithTimestamps(r => r.Time, TimeSpan.FromMilliseconds(Rows.OutOfOrderMs))
            .KeyBy(r => r.Key)
            .Process("counts", () => new Counts(sim, side));
        counted.To("counted", sim.Sink<Line>("counted"));
        counted.SideOutput(side).To("fifths", sim.Sink<Line>("fifths"));
    }

    public override IEnumerable<Line> Expected(int variant)
    {
        foreach (IGrouping<string, Reading> key in Rows.Splits(variant, 4).SelectMany(r => r).GroupBy(r => r.Key))
        {
            long sum = 0;
            int count = 0;
            foreach (Reading r in key)
            {
                sum += r.Value;
                yield return new Line($"{key.Key} #{++count} sum {sum}");
                if (count % 5 == 0)
                    yield return new Line($"{key.Key} fifth {r.Number}");
            }

            foreach (long due in key.Select(r => NextTick(r.Time)).Distinct())
                yield return new Line($"{key.Key} tick {due}");
            yield return new Line($"{key.Key} last five {string.Join(',', key.TakeLast(5).Select(r => r.Value))}, tens "
                + $"{string.Join(',', key.GroupBy(r => r.Value / 10).OrderBy(g => g.Key).Select(g => $"{g.Key}:{g.Count()}"))}, all {key.Sum(r => r.Number)}");
        }
    }

    private static long NextTick(long time) => ((time / 100) + 1) * 100;

    private struct Running
    {
        public int Count;
        public long Sum;
    }

    private sealed class Counts(SimulationContext sim, SideOutput<Line> side) : KeyedProcessor<string, Reading, Line>
    {
        private ValueState<Running> _running = null!;
        private ListState<int> _last = null!;
        private MapState<int, int> _tens = null!;
        private ListState<long> _waiting = null!;
        private ValueState<long> _settled = null!;

        public override void Open(StateDeclarations states)
        {
            _running = states.Value<Running>("running");
            _last = states.List<int>("last");
            _tens = states.Map<int, int>("tens");
            _waiting = states.List<long>("waiting");
            _settled = states.Value<long>("settled");
        }

        public override void OnRecord(in Reading record, ProcessorContext<string, Line> context)
        {
            sim.FailPoint();
            ref Running running = ref _running.Update();
            running.Sum += record.Value;
            running.Count++;
            int count = running.Count;
            context.Emit(new Line($"{context.Key} #{count} sum {running.Sum}"));
            if (count % 5 == 0)
                context.Emit(side, new Line($"{context.Key} fifth {record.Number}"));
            _last.Add(record.Value);
            if (_last.Count > 5)
                KeepLastFive();
            int tens = record.Value / 10;
            _tens[tens] = _tens.TryGetValue(tens, out int before) ? before + 1 : 1;
            _waiting.Add(record.Number);
            context.SetTimer(TimerKind.ProcessingTime, context.ProcessingTime + (record.Value & 7));
            context.SetTimer(TimerKind.EventTime, NextTick(record.Time));

            // The summary is put off with every record: one timer is taken back and another set.
            if (count > 1)
                context.DeleteTimer(TimerKind.EventTime, Far + count - 1);
            context.SetTimer(TimerKind.EventTime, Far + count);
        }

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, Line> context)
        {
            sim.FailPoint();
            if (timer.Kind == TimerKind.ProcessingTime)
                Settle(timer.Time);
            else if (timer.Time < Far)
                context.Emit(new Line($"{context.Key} tick {timer.Time}"));
            else
                context.Emit(Summary(context.Key));
        }

        /// <summary>Moves a number from the list to the sum: how far this has come by some moment is chance, the total is not.</summary>
        private void Settle(long time)
        {
            if (_waiting.Count == 0)
                return;
            long one = _waiting[(int)(time % _waiting.Count)];
            _settled.Value += one;
            _waiting.RemoveAll(number => number == one);
        }

        private void KeepLastFive()
        {
            List<int> kept = [.. _last.Skip(1)];
            _last.Clear();
            _last.AddRange(kept);
        }

        private Line Summary(string key)
            => new($"{key} last five {string.Join(',', _last)}, tens {string.Join(',', _tens.OrderBy(t => t.Key).Select(t => $"{t.Key}:{t.Value}"))}, all {_settled.Value + _waiting.Sum()}");
    }
}
