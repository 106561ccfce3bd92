using Gristmill.Operators;
using Gristmill.Runtime;

namespace Gristmill.Graph;

internal abstract class SinkNode : Node
{
    public abstract DeliveryGuarantee Guarantee { get; }

    public abstract string? Target { get; }

    public abstract ISinkCommitter? Committer(SinkContext context);
}

internal sealed class SinkNode<T> : SinkNode
{
    private readonly SinkBinding<T> _binding;

    public SinkNode(Port<T> input, Sink<T> sink)
    {
        _binding = sink.Bind();
        Guarantee = sink.Guarantee;
        Target = sink.Target;
        input.Add(new Input(this));
    }

    public override DeliveryGuarantee Guarantee { get; }

    public override string? Target { get; }

    public override ISinkCommitter? Committer(SinkContext context) => _binding.Committer(context);

    public override IEnumerable<string> Problems() => _binding.Problems();

    private sealed class Input(SinkNode<T> node) : Consumer<T>(node)
    {
        public override Receiver<T> Create(SubtaskBuilder builder) => builder.Once(node, () =>
        {
            SubtaskBuilder.Place place = builder.Enter(keepsSplits: false);
            var context = new SubtaskSinkContext(builder.Run, node.Name!, builder.Index, builder.Task.Parallelism, builder.Signals);
            SinkOperator<T> sink = node._binding.Open(new SinkSetup(node.Name!, builder.Index, context, builder.Run.ForgetStagedOutput, builder.Run.DropAbortedEpochs));
            sink.Records = builder.Run.Metrics.RecordsOut(node.Name!, builder.Index);
            place.Operator = sink;
            return sink.Receiver;
        });
    }
}
