using Gristmill.Operators;
using Gristmill.Runtime;

namespace Gristmill.Graph;

/// <summary>An operator without state: select, where, select many, timestamps.</summary>
internal sealed class StepNode<T, TOut> : Node
{
    public StepNode(Port<T> input, FusedStep<T, TOut> step)
    {
        Output = new Port<TOut>(this);
        Outputs.Add(Output);
        input.Add(new Input(this, step, Output));
    }

    public Port<TOut> Output { get; }

    private sealed class Input(Node node, FusedStep<T, TOut> step, Port<TOut> output) : Consumer<T>(node)
    {
        public override Receiver<T> Create(SubtaskBuilder builder) => Continue(new EmptyRun<T>(), builder);

        public override Receiver<TIn> Extend<TIn>(FusedRun<TIn, T> run, SubtaskBuilder builder)
            => builder.Run.Plan.IsChained(this) ? Continue(run, builder) : base.Extend(run, builder);

        private Receiver<TIn> Continue<TIn>(FusedRun<TIn, T> run, SubtaskBuilder builder)
        {
            step.Enter(builder);
            return output.Build(run.Then(step), builder);
        }
    }
}

/// <summary>Several streams of one type read as one.</summary>
internal sealed class UnionNode<T> : Node
{
    public UnionNode(IEnumerable<Port<T>> inputs)
    {
        Output = new Port<T>(this);
        Outputs.Add(Output);
        foreach (Port<T> input in inputs)
            input.Add(new Input(this));
    }

    public Port<T> Output { get; }

    private sealed class Input(UnionNode<T> node) : Consumer<T>(node)
    {
        public override Receiver<T> Create(SubtaskBuilder builder) => builder.Once(node, () => node.Output.Build(builder));
    }
}
