using Gristmill.Checkpoints;
using Gristmill.Graph;
using Gristmill.Protocol;

namespace Gristmill.Jobs;

/// <content>Beginning from a savepoint, and from a checkpoint of another version of the job.</content>
internal sealed partial class JobGeneration
{
    /// <summary>
    /// A job that begins from a savepoint counts on from there, and so much further on that it meets no number which the
    /// savepoint's job may have used since: a sink takes a number it has applied for a repetition.
    /// </summary>
    private const long NumbersLeftOut = 1_000_000;

    /// <summary>Makes the savepoint the first checkpoint of a job that has none.</summary>
    private async Task BeginFromSavepointAsync(JobPlan plan, CancellationToken cancellationToken)
    {
        if (_job.Options.Checkpoints.StartFrom is not { } start || _head!.Newest is not null)
            return;
        string job = start.Job ?? _job.Name;
        ICheckpointStore from = start.Store ?? Store;
        Manifest savepoint = await ReadSavepointAsync(from, job, start.Name, cancellationToken);
        var number = new CheckpointId(savepoint.Checkpoint + NumbersLeftOut);
        long generation = _head.Generation.Value;
        Manifest first = savepoint with { Job = _job.Name, Checkpoint = number.Value, Generation = generation, CreatedAt = _host.Time.GetUtcNow(), Previous = null };
        var reference = new ManifestReference(number.Value, generation, "", "");
        if (new RestoredCheckpoint(from, _job.Decoding, _job.Options.Upgrade, _job.Name, reference, first).Misfits(plan, _job.Options) is { Count: > 0 } misfits)
            throw new JobConfigurationException(_job.Name, [.. misfits.Select(misfit => $"savepoint '{start.Name}' of job '{job}': {misfit}")]);
        if (savepoint.Blocks.Count != 0)
        {
            string file = CheckpointLayout.NodeFile(_job.Name, number.Value, generation, 0);
            first = first with { Blocks = await Savepoint.CopyBlocksAsync(from, savepoint.Blocks, Store, file, progress: null, cancellationToken) };
        }

        ManifestReference written = await ManifestFile.WriteAsync(Store, _job.Name, first, cancellationToken);
        HeadRecord wanted = Fence.Commit(_head, _head.Generation, Heads.ToRef(written), _job.Options.Checkpoints.Retention(), NowMs())!;
        (CasResult result, Exception? error) = await Heads.TryMoveAsync(Store, _job.Name, wanted, cancellationToken);
        if (error is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        if (result != CasResult.Moved)
            throw new JobFencedException(_job.Name, generation);
        _head = wanted;
        Log.BeginsFromSavepoint(_logger, _job.Name, start.Name, job, from.Description, number.Value);
    }

    private async Task<Manifest> ReadSavepointAsync(ICheckpointStore from, string job, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await Savepoint.ReadAsync(from, job, name, cancellationToken);
        }
        catch (Exception e) when (e is ObjectNotFoundException or ArgumentException)
        {
            throw new JobConfigurationException(
                _job.Name, [$"Checkpoints.StartFrom names savepoint '{name}' of job '{job}' in {from.Description}, and there is none; correct name, job or store."]);
        }
    }

    /// <summary>What checkpoints build on: not what operators knew that are gone or have another name, since those write theirs anew.</summary>
    private static Manifest? BasisOf(JobPlan plan, Manifest? restored)
    {
        if (restored is null)
            return null;
        var operators = plan.Nodes.Where(node => node.Name is not null).Select(node => node.Name!).ToHashSet(StringComparer.Ordinal);
        return restored with { Blocks = [.. restored.Blocks.Where(block => operators.Contains(block.Operator))] };
    }
}
