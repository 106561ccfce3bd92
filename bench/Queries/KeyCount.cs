namespace Gristmill.Bench;

/// <summary>kc: for every event, how often its key has come.</summary>
internal sealed class KeyCount(QueryInput input) : IJob
{
    private const ulong KeyDraw = 99;

    public void Build(JobBuilder job)
    {
        ulong seed = input.Numbers.Seed;
        long keys = input.HotKeys;
        Stream<Tick> ticks = job.From("ticks", input.Ticks());
        if (input.Preload.Records == 0)
        {
            ticks.KeyBy((in tick) => KeyOf(seed, tick.Number, keys)).Process("count", () => new Counter()).To("result", input.Sink<CountRow>());
            return;
        }

        ticks.KeyBy((in tick) => tick.Number < 0 ? ~tick.Number : KeyOf(seed, tick.Number, keys))
            .Process("count", () => new PreloadedCounter()).To("result", input.Sink<CountRow>());
    }

    private static long KeyOf(ulong seed, long number, long keys) => Draw.Pick(Draw.Number(Draw.Start(seed, number), KeyDraw), keys);

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

    /// <summary>The same, but what brings a key in is no event and gives no row.</summary>
    private sealed class PreloadedCounter : KeyedProcessor<long, Tick, CountRow>
    {
        private ValueState<long> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<long>("count");

        public override void OnRecord(in Tick record, ProcessorContext<long, CountRow> context)
        {
            long count = ++_count.Update();
            if (record.Number >= 0)
                context.Emit(new CountRow(context.Key, count));
        }
    }
}
