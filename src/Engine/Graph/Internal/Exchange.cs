using Gristmill.Operators;
using Gristmill.Runtime;

namespace Gristmill.Graph;

/// <summary>What connects the subtasks of two tasks.</summary>
/// <param name="Index">Its number among the job's exchanges, the same in every process.</param>
/// <param name="From">The sending task.</param>
/// <param name="To">The receiving task.</param>
/// <param name="IsForward">Whether each subtask sends only to the one of its own index.</param>
internal sealed record ExchangePlan(int Index, TaskPlan From, TaskPlan To, bool IsForward);

/// <summary>The channels between the subtasks of two tasks, as far as their ends are in this process.</summary>
internal abstract class Exchange(ExchangePlan plan)
{
    /// <summary>Whether each subtask sends only to the one of its own index.</summary>
    public bool IsForward => Plan.IsForward;

    protected ExchangePlan Plan { get; } = plan;

    /// <summary>The inputs of one receiving subtask.</summary>
    public abstract IEnumerable<GateInput> OpenInputs(SubtaskBuilder builder);
}

internal sealed class Exchange<T>(JobRun run, ExchangePlan plan, Consumer<T> consumer) : Exchange(plan)
{
    public ScatterOutput<T> OpenOutput(int from, int keyGroups, string target)
    {
        IEnumerable<int> targets = IsForward ? [from] : Enumerable.Range(0, Plan.To.Parallelism);
        return new([.. targets.Select(to => run.Channels.OpenOutput<T>(new ChannelId(Plan, from, to)))], keyGroups) { Name = $"channels to {target}" };
    }

    public override IEnumerable<GateInput> OpenInputs(SubtaskBuilder builder)
    {
        Receiver<T> receiver = consumer.Create(builder);
        IEnumerable<int> senders = IsForward ? [builder.Index] : Enumerable.Range(0, Plan.From.Parallelism);
        var inFlight = new InFlightRecords<T>(run, run.Plan.NameOf(consumer), Plan.To, builder.Index, consumer);
        return [.. senders.Select(from => new GateInput<T>(run.Channels.OpenInput<T>(new ChannelId(Plan, from, builder.Index)), receiver, inFlight, from))];
    }
}
