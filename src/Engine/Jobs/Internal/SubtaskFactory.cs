using Gristmill.Graph;
using Gristmill.Operators;
using Gristmill.Runtime;

namespace Gristmill.Jobs;

/// <summary>Makes the subtasks of a generation.</summary>
internal static class SubtaskFactory
{
    /// <summary>Adds all subtasks to a list, one by one, so that what was made is known even if the next one fails.</summary>
    public static void CreateAll(
        JobRun run, IReadOnlyDictionary<SourceNode, IReadOnlyList<StoredSplit>> splits, ISubtaskReports reports, List<Subtask> subtasks)
    {
        run.Plan.OpenExchanges(run);
        foreach (TaskPlan task in run.Plan.Tasks)
        {
            for (int index = 0; index < task.Parallelism; index++)
                subtasks.Add(Create(run, task, index, subtasks.Count, splits, reports));
        }
    }

    private static Subtask Create(
        JobRun run, TaskPlan task, int index, int number, IReadOnlyDictionary<SourceNode, IReadOnlyList<StoredSplit>> splits, ISubtaskReports reports)
    {
        var builder = new SubtaskBuilder(run, task, index);
        if (task.Head is SourceNode source)
        {
            List<StoredSplit> own = [.. splits[source].Where((_, i) => i % task.Parallelism == index)];
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
