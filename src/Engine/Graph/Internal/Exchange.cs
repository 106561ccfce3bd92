using Gristmill.Operators;
using Gristmill.Runtime;

namespace Gristmill.Graph;

/// <summary>The channels between the subtasks of two tasks.</summary>
internal abstract class Exchange
{
    /// <summary>Whether each subtask sends only to the one of its own index.</summary>
    public required bool IsForward { get; init; }

    /// <summary>The inputs of one receiving subtask.</summary>
    public abstract IEnumerable<GateInput> OpenInputs(SubtaskBuilder builder);
}

internal sealed class Exchange<T> : Exchange
{
    private readonly LocalChannel<T>[][] _channels;
    private readonly Consumer<T> _consumer;

    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    public Exchange(JobRun run, TaskPlan from, TaskPlan to, bool forward, Consumer<T> consumer)
    {
        IsForward = forward;
        _consumer = consumer;
        _channels = [.. Enumerable.Range(0, from.Parallelism).Select(_ =>
            Enumerable.Range(0, forward ? 1 : to.Parallelism).Select(_ => run.OpenChannel<T>()).ToArray())];
    }

    public ScatterOutput<T> OpenOutput(int from, int keyGroups, string target)
        => new([.. _channels[from].Select(channel => channel.Output)], keyGroups) { Name = $"channels to {target}" };

    public override IEnumerable<GateInput> OpenInputs(SubtaskBuilder builder)
    {
        Receiver<T> receiver = _consumer.Create(builder);
        return IsForward
            ? [new GateInput<T>(_channels[builder.Index][0].Input, receiver)]
            : _channels.Select(from => new GateInput<T>(from[builder.Index].Input, receiver)).ToArray();
    }
}
