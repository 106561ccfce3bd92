namespace Gristmill.Grains.Tests;

/// <summary>For every record how often its key has come.</summary>
public sealed class CountJob(Shared shared) : IJob
{
    public void Build(JobBuilder job) => job
        .From("numbers", Generator.Sequence(shared.Records, shared.PerSecond, splits: 4))
        .KeyBy(number => number % shared.Keys)
        .Process("count", () => new Counter(shared))
        .To("rows", shared.Rows);

    /// <summary>What it publishes in the end, in order.</summary>
    public static IEnumerable<Row> Expected(Shared shared)
        => Enumerable.Range(0, shared.Keys).SelectMany(key => Enumerable.Range(1, (int)((shared.Records - key + shared.Keys - 1) / shared.Keys)), (key, count) => new Row(key, count));

    private sealed class Counter(Shared shared) : KeyedProcessor<long, long, Row>
    {
        private ValueState<long> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<long>("count");

        public override void OnRecord(in long record, ProcessorContext<long, Row> context)
        {
            shared.Count();
            context.Emit(new Row(context.Key, ++_count.Update()));
        }
    }
}

/// <summary>The sum of each key's numbers in windows of a hundred numbers; two keyed exchanges one after the other.</summary>
public sealed class WindowJob(Shared shared) : IJob
{
    private const long Size = 100;

    public void Build(JobBuilder job) => job
        .From("numbers", Generator.Sequence(shared.Records, shared.PerSecond, splits: 4))
        .WithTimestamps(number => number, TimeSpan.FromMilliseconds(50))
        .KeyBy(number => number % shared.Keys)
        .Window(Tumbling.Of(TimeSpan.FromMilliseconds(Size)))
        .Aggregate("sums", new Sum())
        .KeyBy(row => row.Key / Size)
        .Process("largest", () => new Last())
        .To("rows", shared.Rows);

    public static IEnumerable<Row> Expected(Shared shared)
        => Enumerable.Range(0, (int)shared.Records).Select(number => (long)number)
            .GroupBy(number => (Window: number / Size, Key: number % shared.Keys))
            .Select(group => new Row(group.Key.Window * Size, group.Sum()));

    private sealed class Sum : WindowAggregate<long, long, long, Row>
    {
        public override long Create() => 0;

        public override void Add(ref long accumulator, in long record) => accumulator += record;

        public override Row Result(long key, Window window, in long accumulator) => new(window.StartMs, accumulator);
    }

    private sealed class Last : KeyedProcessor<long, Row, Row>
    {
        public override void Open(StateDeclarations states)
        {
        }

        public override void OnRecord(in Row record, ProcessorContext<long, Row> context) => context.Emit(in record);
    }
}

/// <summary>Records of a kilobyte, told apart by whether they come in order, to a sink that may be held back.</summary>
public sealed class ParcelJob(Shared shared) : IJob
{
    private static readonly string Ballast = new('x', 1000);

    public void Build(JobBuilder job) => job
        .From("parcels", Generator.Of(number => new Parcel(number, Ballast), shared.Records, shared.PerSecond, splits: 4))
        .KeyBy(parcel => parcel.Number % shared.Keys)
        .Process("in-order", () => new InOrder(shared))
        .To("rows", shared.Slow);

    public static IEnumerable<Row> Expected(Shared shared)
        => Enumerable.Range(0, (int)shared.Records).Select(number => new Row(number % shared.Keys, number)).Order(Rows.Order);

    /// <summary>A key's numbers are in one split where there are four times as many keys, so they come one after the other.</summary>
    private sealed class InOrder(Shared shared) : KeyedProcessor<long, Parcel, Row>
    {
        private ValueState<long> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<long>("count");

        public override void OnRecord(in Parcel record, ProcessorContext<long, Row> context)
        {
            long expected = context.Key + (_count.Update()++ * shared.Keys);
            context.Emit(new Row(context.Key, record.Number == expected ? expected : -1 - record.Number));
        }
    }
}
