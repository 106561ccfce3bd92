namespace Gristmill.Bench;

/// <summary>kc: for every event, how often its key has come.</summary>
internal sealed class KeyCount(QueryInput input) : IJob
{
    private const ulong KeyDraw = 99;

    public void Build(JobBuilder job)
    {
        ulong seed = input.Numbers.Seed;
        long keys = input.Keys;
        job.From("ticks", input.Ticks())
            .KeyBy((in tick) => Draw.Pick(Draw.Number(Draw.Start(seed, tick.Number), KeyDraw), keys))
            .Process("count", () => new Counter())
            .To("result", input.Sink<CountRow>());
    }

    private sealed class Counter : KeyedProcessor<long, Tick, CountRow>
    {
        private ValueState<long> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<long>("count");

        public override void OnRecord(in Tick record, ProcessorContext<long, CountRow> context)
        {
            long count = ++_count.Update();
            context.Emit(new CountRow(context.Key, count));
        }
    }
}
