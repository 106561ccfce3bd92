using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.Operators;
using Gristmill.Runtime;

namespace Gristmill.Graph;

/// <summary>A window aggregate.</summary>
internal sealed class WindowNode<TKey, TIn, TAccumulator, TOut> : Node
{
    private readonly Dictionary<ISideOutput, Func<SubtaskBuilder, Action<SideOutputs>>> _sides = [];
    private readonly WindowSettings<TIn> _settings;
    private readonly WindowAggregate<TKey, TIn, TAccumulator, TOut> _aggregate;

    public WindowNode(
        Port<TIn> input, KeyExtractor<TIn, TKey> keys, WindowSettings<TIn> settings, WindowAggregate<TKey, TIn, TAccumulator, TOut> aggregate)
    {
        _settings = settings;
        _aggregate = aggregate;
        Output = new Port<TOut>(this);
        Outputs.Add(Output);
        input.Add(new Input(this, keys));
    }

    public Port<TOut> Output { get; }

    public override bool StartsParallelism => true;

    public Port<TSide> SidePort<TSide>(SideOutput<TSide> side) => SidePorts.Get(this, _sides, side);

    public override IEnumerable<string> Problems()
        => KeyTraits<TKey>.Problems().Select(problem => $"key: {problem}")
            .Concat(Codecs.Problems(typeof(TAccumulator)).Select(problem => $"accumulator: {problem}"));

    public override IEnumerable<ManifestState> States() => [new ManifestState(StateTables.Panes, Codecs.For<TAccumulator>().Schema.ToString())];

    private Receiver<TIn> Create(SubtaskBuilder builder, KeyExtractor<TIn, TKey> keys)
    {
        SubtaskBuilder.Place place = builder.Enter(keepsSplits: false);
        SubtaskBuilder.Position here = builder.Here;
        Receiver<TOut> next = Output.Build(builder);
        var sides = new SideOutputs();
        foreach (Func<SubtaskBuilder, Action<SideOutputs>> side in _sides.Values)
        {
            builder.Here = here;
            side(builder)(sides);
        }

        WindowOperator<TKey, TIn, TAccumulator, TOut> op = Make(builder, next, sides);
        place.Operator = op;
        return new WindowInput<TKey, TIn, TAccumulator, TOut>(op, keys, builder.Run.Options.BatchSize);
    }

    public override ChainOperator CreateDetached(SubtaskBuilder builder) => Make(builder, new Nowhere<TOut>(), new SideOutputs());

    private WindowOperator<TKey, TIn, TAccumulator, TOut> Make(SubtaskBuilder builder, Receiver<TOut> next, SideOutputs sides)
        => new(builder.SetupOf(Name!), _settings, _aggregate, next, sides, builder.Run.Metrics.LateDropped(Name!, builder.Index)) { Name = Name! };

    private sealed class Input(WindowNode<TKey, TIn, TAccumulator, TOut> node, KeyExtractor<TIn, TKey> keys) : KeyedConsumer<TIn, TKey>(node, keys)
    {
        public override Receiver<TIn> Create(SubtaskBuilder builder) => node.Create(builder, Keys);
    }
}
