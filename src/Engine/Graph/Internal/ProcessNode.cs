using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.Operators;
using Gristmill.Runtime;

namespace Gristmill.Graph;

/// <summary>A user's processor: its one or two inputs, its output and side outputs.</summary>
internal abstract class ProcessNode<TKey, TOut> : Node
{
    private readonly Dictionary<ISideOutput, Func<SubtaskBuilder, Action<SideOutputs>>> _sides = [];
    private StatePlan? _plan;

    protected ProcessNode()
    {
        Output = new Port<TOut>(this);
        Outputs.Add(Output);
    }

    public Port<TOut> Output { get; }

    public override bool StartsParallelism => true;

    /// <summary>The states the processor declares.</summary>
    protected StatePlan Plan
    {
        get
        {
            if (_plan is null)
            {
                var plan = new StatePlan();
                OpenOnce(plan);
                _plan = plan;
            }

            return _plan;
        }
    }

    public override IEnumerable<string> Problems()
    {
        foreach (string problem in KeyTraits<TKey>.Problems())
            yield return $"key: {problem}";
        foreach (string problem in Plan.Problems())
            yield return problem;
    }

    public override IEnumerable<ManifestState> States()
        => Plan.States.Select(state => new ManifestState(state.Name, SchemaOf(state.Type).ToString()));

    protected static Schema SchemaOf(Type type)
    {
        object codec = Codecs.For(type);
        return (Schema)codec.GetType().GetProperty(nameof(Codec<int>.Schema))!.GetValue(codec)!;
    }

    public Port<TSide> SidePort<TSide>(SideOutput<TSide> side) => SidePorts.Get(this, _sides, side);

    protected abstract void OpenOnce(StateDeclarations states);

    protected SideOutputs BuildSides(SubtaskBuilder builder)
    {
        var sides = new SideOutputs();
        foreach (Func<SubtaskBuilder, Action<SideOutputs>> side in _sides.Values)
            side(builder)(sides);
        return sides;
    }

    /// <summary>Builds what is behind the processor, then the processor in its place.</summary>
    protected TBuilt Place<TBuilt>(SubtaskBuilder builder, Func<Receiver<TOut>, SideOutputs, (TBuilt Built, ChainOperator Operator)> make)
    {
        SubtaskBuilder.Place place = builder.Enter(keepsSplits: false);
        SubtaskBuilder.Position here = builder.Here;
        Receiver<TOut> next = Output.Build(builder);
        builder.Here = here;
        SideOutputs sides = BuildSides(builder);
        (TBuilt built, place.Operator) = make(next, sides);
        return built;
    }

    /// <summary>The type of the first small state is known only now, and it is part of the type of the table.</summary>
    protected static TFactory FactoryFor<TFactory>(Type factory, Type inline, params Type[] others)
        => (TFactory)Activator.CreateInstance(factory.MakeGenericType([.. others, inline]))!;
}

/// <summary>The ports of side outputs, made when somebody reads them.</summary>
internal static class SidePorts
{
    public static Port<TSide> Get<TSide>(
        Node node, Dictionary<ISideOutput, Func<SubtaskBuilder, Action<SideOutputs>>> sides, SideOutput<TSide> side)
    {
        if (node.Outputs.OfType<SidePort<TSide>>().FirstOrDefault(known => known.Side == side) is { } found)
            return found.Port;
        var port = new SidePort<TSide>(node, side);
        node.Outputs.Add(port);
        sides.Add(side, builder =>
        {
            SubtaskBuilder.Position here = builder.Here;
            Receiver<TSide> next = port.Port.Build(builder);
            builder.Here = here;
            return outputs => outputs.Add(side, new Emitter<TSide>(next, builder.Run.Options.BatchSize));
        });
        return port.Port;
    }

    private sealed class SidePort<TSide>(Node node, SideOutput<TSide> side) : Port(node)
    {
        public SideOutput<TSide> Side { get; } = side;

        public Port<TSide> Port { get; } = new(node);

        public override IEnumerable<Consumer> AllConsumers => Port.AllConsumers;
    }
}

internal sealed class SingleProcessNode<TKey, TIn, TOut> : ProcessNode<TKey, TOut>
{
    private readonly Func<KeyedProcessor<TKey, TIn, TOut>> _create;
    private readonly KeyExtractor<TIn, TKey> _keys;

    public SingleProcessNode(Port<TIn> input, KeyExtractor<TIn, TKey> keys, Func<KeyedProcessor<TKey, TIn, TOut>> create)
    {
        _create = create;
        _keys = keys;
        input.Add(new Input(this, keys));
    }

    protected override void OpenOnce(StateDeclarations states) => _create().Open(states);

    public override ChainOperator CreateDetached(SubtaskBuilder builder) => Make(builder, _keys, new Nowhere<TOut>(), new SideOutputs()).Operator;

    private Receiver<TIn> Create(SubtaskBuilder builder, KeyExtractor<TIn, TKey> keys)
        => Place(builder, (next, sides) => Make(builder, keys, next, sides));

    private (Receiver<TIn> Input, ChainOperator Operator) Make(SubtaskBuilder builder, KeyExtractor<TIn, TKey> keys, Receiver<TOut> next, SideOutputs sides)
        => FactoryFor<IFactory>(typeof(Factory<>), Plan.InlineType, typeof(TKey), typeof(TIn), typeof(TOut))
            .Create(builder.SetupOf(Name!), Plan, _create(), keys, next, sides);

    private interface IFactory
    {
        (Receiver<TIn> Input, ChainOperator Operator) Create(
            OperatorSetup setup, StatePlan plan, KeyedProcessor<TKey, TIn, TOut> processor, KeyExtractor<TIn, TKey> keys,
            Receiver<TOut> next, SideOutputs sides);
    }

    // Nested in a generic type: its type parameters are the outer ones and then its own.
    private sealed class Factory<TInline> : IFactory
    {
        public (Receiver<TIn> Input, ChainOperator Operator) Create(
            OperatorSetup setup, StatePlan plan, KeyedProcessor<TKey, TIn, TOut> processor, KeyExtractor<TIn, TKey> keys,
            Receiver<TOut> next, SideOutputs sides)
        {
            var op = new ProcessOperator<TKey, TOut, TInline>(setup, plan, new Calls(processor), next, sides) { Name = setup.Name };
            return (new SingleInput<TKey, TIn, TOut, TInline>(op, keys, setup.BatchCapacity, processor), op);
        }
    }

    private sealed class Calls(KeyedProcessor<TKey, TIn, TOut> processor) : IProcessorCalls<TKey, TOut>
    {
        public void Open(StateDeclarations states) => processor.Open(states);

        public void OnTimer(in DueTimer timer, ProcessorContext<TKey, TOut> context) => processor.OnTimer(in timer, context);
    }

    private sealed class Input(SingleProcessNode<TKey, TIn, TOut> node, KeyExtractor<TIn, TKey> keys) : KeyedConsumer<TIn, TKey>(node, keys)
    {
        public override Receiver<TIn> Create(SubtaskBuilder builder) => node.Create(builder, Keys);
    }
}

internal sealed class DoubleProcessNode<TKey, TLeft, TRight, TOut> : ProcessNode<TKey, TOut>
{
    private readonly Func<KeyedProcessor<TKey, TLeft, TRight, TOut>> _create;
    private readonly KeyExtractor<TLeft, TKey> _leftKeys;
    private readonly KeyExtractor<TRight, TKey> _rightKeys;

    public DoubleProcessNode(
        Port<TLeft> left, KeyExtractor<TLeft, TKey> leftKeys, Port<TRight> right, KeyExtractor<TRight, TKey> rightKeys,
        Func<KeyedProcessor<TKey, TLeft, TRight, TOut>> create)
    {
        _create = create;
        _leftKeys = leftKeys;
        _rightKeys = rightKeys;
        left.Add(new LeftConsumer(this, leftKeys));
        right.Add(new RightConsumer(this, rightKeys));
    }

    protected override void OpenOnce(StateDeclarations states) => _create().Open(states);

    public override ChainOperator CreateDetached(SubtaskBuilder builder) => Make(builder, new Nowhere<TOut>(), new SideOutputs()).Operator;

    private InputPair Create(SubtaskBuilder builder)
        => builder.Once(this, () => Place(builder, (next, sides) => Make(builder, next, sides)));

    private (InputPair Inputs, ChainOperator Operator) Make(SubtaskBuilder builder, Receiver<TOut> next, SideOutputs sides)
        => FactoryFor<IFactory>(typeof(Factory<>), Plan.InlineType, typeof(TKey), typeof(TLeft), typeof(TRight), typeof(TOut))
            .Create(builder.SetupOf(Name!), Plan, _create(), this, next, sides);

    private sealed record InputPair(Receiver<TLeft> Left, Receiver<TRight> Right);

    private interface IFactory
    {
        (InputPair Inputs, ChainOperator Operator) Create(
            OperatorSetup setup, StatePlan plan, KeyedProcessor<TKey, TLeft, TRight, TOut> processor,
            DoubleProcessNode<TKey, TLeft, TRight, TOut> node, Receiver<TOut> next, SideOutputs sides);
    }

    private sealed class Factory<TInline> : IFactory
    {
        public (InputPair Inputs, ChainOperator Operator) Create(
            OperatorSetup setup, StatePlan plan, KeyedProcessor<TKey, TLeft, TRight, TOut> processor,
            DoubleProcessNode<TKey, TLeft, TRight, TOut> node, Receiver<TOut> next, SideOutputs sides)
        {
            var op = new ProcessOperator<TKey, TOut, TInline>(setup, plan, new Calls(processor), next, sides) { Name = setup.Name };
            var left = new LeftInput<TKey, TLeft, TRight, TOut, TInline>(op, node._leftKeys, setup.BatchCapacity, processor);
            var right = new RightInput<TKey, TLeft, TRight, TOut, TInline>(op, node._rightKeys, setup.BatchCapacity, processor);
            return (new InputPair(left, right), op);
        }
    }

    private sealed class Calls(KeyedProcessor<TKey, TLeft, TRight, TOut> processor) : IProcessorCalls<TKey, TOut>
    {
        public void Open(StateDeclarations states) => processor.Open(states);

        public void OnTimer(in DueTimer timer, ProcessorContext<TKey, TOut> context) => processor.OnTimer(in timer, context);
    }

    private sealed class LeftConsumer(DoubleProcessNode<TKey, TLeft, TRight, TOut> node, KeyExtractor<TLeft, TKey> keys) : KeyedConsumer<TLeft, TKey>(node, keys)
    {
        public override Receiver<TLeft> Create(SubtaskBuilder builder) => node.Create(builder).Left;
    }

    private sealed class RightConsumer(DoubleProcessNode<TKey, TLeft, TRight, TOut> node, KeyExtractor<TRight, TKey> keys) : KeyedConsumer<TRight, TKey>(node, keys)
    {
        public override Receiver<TRight> Create(SubtaskBuilder builder) => node.Create(builder).Right;
    }
}
