using Gristmill.Graph;
using Gristmill.Queries;
using Gristmill.State;

namespace Gristmill.Jobs;

/// <content>Finds the subtask that has a key.</content>
internal sealed partial class JobGeneration
{
    public Task<StateAnswer> QueryAsync(StateQuery query)
    {
        if (_run is not { } run || _over || _running.Count == 0)
            return Task.FromException<StateAnswer>(new StateQueryException($"Job '{_job.Name}' is starting or restarting; ask again, or for its last checkpoint."));
        Node? node = run.Plan.Nodes.FirstOrDefault(node => node.Name == query.Address.Operator);
        if (node is null || !node.States().Any())
            return Task.FromException<StateAnswer>(CheckpointedStates.NoSuchOperator(query, run.Plan.Nodes.Where(known => known.States().Any()).Select(known => known.Name!)));
        int group = KeyGroups.Of(query.Hash, _job.Options.KeyGroups);
        int owner = KeyGroups.Owner(group, _job.Options.KeyGroups, run.Plan.ParallelismOf(node));
        TaskPlan task = run.Plan.TaskOf(node);
        int number = run.Plan.Subtasks.First(subtask => subtask.Task == task && subtask.Index == owner).Number;
        return _running.First(host => host.Runs(number)).QueryAsync(number, query);
    }
}
