using Gristmill.Checkpoints;
using Gristmill.Graph;
using Gristmill.Operators;
using Gristmill.Protocol;
using Gristmill.Runtime;

namespace Gristmill.Jobs;

/// <summary>
/// The keyed state of a generation to come, loaded from checkpoints while the one before still runs. It lies in operators
/// that are connected to nothing; those of the new generation take it over, and read only what has changed since.
/// </summary>
internal sealed class PreparedState : IDisposable
{
    private readonly Dictionary<(string Operator, int Subtask), ChainOperator> _operators = [];
    private readonly HashSet<(string File, long Offset)> _loaded = [];
    private readonly List<ChainOperator> _all = [];

    private PreparedState(JobPlan plan) => Plan = plan;

    public JobPlan Plan { get; }

    /// <summary>The newest checkpoint in it.</summary>
    public Manifest? Newest { get; private set; }

    /// <summary>Makes the operators, empty.</summary>
    public static PreparedState Create(JobRun run)
    {
        var prepared = new PreparedState(run.Plan);
        foreach (SubtaskPlan subtask in run.Plan.Subtasks)
        {
            foreach (Node node in run.Plan.Nodes.Where(node => node.Name is not null && run.Plan.TaskOf(node) == subtask.Task))
            {
                if (node.CreateDetached(new SubtaskBuilder(run, subtask.Task, subtask.Index)) is not { } op)
                    continue;
                prepared._operators.Add((node.Name!, subtask.Index), op);
                prepared._all.Add(op);
            }
        }

        return prepared;
    }

    /// <summary>Loads a checkpoint: all of it at first, later what is new in it.</summary>
    /// <exception cref="CorruptCheckpointException">It is damaged. What is loaded must be dropped.</exception>
    public async Task LoadAsync(RestoredCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        Invariant.Holds(Newest is null || LeadsTo(checkpoint.Manifest), "state is only brought forward, within one generation's checkpoints");
        foreach (IGrouping<string, KeyValuePair<(string Operator, int Subtask), ChainOperator>> byName in _operators.GroupBy(one => one.Key.Operator))
            await checkpoint.LoadAsync(byName.Key, [.. byName.Select(one => one.Value)], this, cancellationToken);
        foreach (BlockInfo block in checkpoint.Manifest.Blocks)
            _loaded.Add((block.File, block.Offset));
        Newest = checkpoint.Manifest;
    }

    /// <summary>
    /// Whether a checkpoint's state is this and what is new in it. Of one generation each checkpoint builds on the one before;
    /// of others it may build on something else.
    /// </summary>
    public bool LeadsTo(Manifest manifest)
        => Newest is not null && Newest.Generation == manifest.Generation && Newest.Checkpoint <= manifest.Checkpoint;

    /// <summary>Whether a block of state is in it.</summary>
    public bool Has(BlockInfo block) => block.IsState && _loaded.Contains((block.File, block.Offset));

    /// <summary>Whether the state of an operator is in it.</summary>
    public bool Has(string operatorName) => _operators.ContainsKey((operatorName, 0));

    /// <summary>The operator that has the state of a subtask's.</summary>
    public ChainOperator Of(string operatorName, int subtask) => _operators[(operatorName, subtask)];

    /// <summary>Frees what nobody has taken over. Nobody loads any more.</summary>
    public void Dispose()
    {
        foreach (ChainOperator op in _all)
        {
            ValueTask closed = op.CloseAsync();
            Invariant.Holds(closed.IsCompletedSuccessfully, "operators with state close at once");
        }

        _all.Clear();
    }
}
