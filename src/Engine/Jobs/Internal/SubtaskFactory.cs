using Gristmill.Graph;
using Gristmill.Operators;
using Gristmill.Runtime;

namespace Gristmill.Jobs;

/// <summary>Makes the subtasks a node runs.</summary>
internal static class SubtaskFactory
{
    /// <summary>Adds all subtasks to a list, one by one, so that what was made is known even if the next one fails.</summary>
    public static void CreateAll(
        JobRun run, IReadOnlyList<SubtaskPlan> plans, IReadOnlyDictionary<SourceNode, IReadOnlyList<StoredSplit>> splits,
        ISubtaskReports reports, List<Subtask> subtasks)
    {
        run.Plan.OpenExchanges(run);
        foreach (SubtaskPlan plan in plans)
            subtasks.Add(Create(run, plan.Task, plan.Index, plan.Number, splits, reports));
    }

    /// <summary>The splits one of a source's subtasks reads. A place without an id is nobody's.</summary>
    public static IEnumerable<StoredSplit> SplitsOf(SourceNode source, IReadOnlyList<StoredSplit> all, int index, int parallelism)
        => all.Where((split, i) => split.Id.Length != 0 && (source.OwnerOf(split.Id, parallelism) ?? i % parallelism) == index);

    private static Subtask Create(
        JobRun run, TaskPlan task, int index, int number, IReadOnlyDictionary<SourceNode, IReadOnlyList<StoredSplit>> splits, ISubtaskReports reports)
    {
        var builder = new SubtaskBuilder(run, task, index);
        if (task.Head is SourceNode source)
        {
            List<StoredSplit> own = [.. SplitsOf(source, splits[source], index, task.Parallelism)];
            SourceHead head = source.Create(builder, own);
            return new SourceSubtask(run, task, index, number, builder.Finish(), builder.Signals, reports, head);
        }

        SubtaskBuilder.Position here = builder.Here;
        var inputs = new List<GateInput>();
        foreach (Port port in task.Head.Inputs.Distinct())
        {
            foreach (Consumer consumer in port.AllConsumers.Where(consumer => consumer.Node == task.Head))
            {
                builder.Here = here;
                inputs.AddRange(run.Plan.ExchangeTo(consumer).OpenInputs(builder));
            }
        }

        foreach (GateInput _ in inputs)
            here.Splits!.Begin(here.Splits.Add());
        return new InputSubtask(run, task, index, number, builder.Finish(), builder.Signals, reports, [.. inputs]);
    }
}
