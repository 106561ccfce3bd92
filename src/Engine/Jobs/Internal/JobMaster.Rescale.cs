using Gristmill.Checkpoints;
using Gristmill.Graph;

namespace Gristmill.Jobs;

/// <content>
/// Changing the parallelism while the job runs. Until the old generation has ended behind its last checkpoint nothing is
/// decided, and a failure leaves the job as it is or to an ordinary restart; until the new one has begun, the next one has
/// the parallelism of before.
/// </content>
internal sealed partial class JobMaster
{
    private JobScale _scale = JobScale.Configured;
    private RescaleAttempt? _rescale;

    /// <summary>Changes the parallelism of the job, or of one of its operators.</summary>
    /// <param name="operatorName">The operator; null: all that don't say otherwise.</param>
    /// <param name="parallelism">The new parallelism.</param>
    /// <param name="cancellationToken">Gives up, as long as the job has not been stopped for it.</param>
    /// <exception cref="ArgumentException">There is no such operator, or no such parallelism.</exception>
    /// <exception cref="InvalidOperationException">It can't be now, or it failed.</exception>
    public async Task<RescaleResult> RescaleAsync(string? operatorName, int parallelism, CancellationToken cancellationToken)
    {
        RescaleAttempt rescale = BeginRescale(operatorName, parallelism);
        try
        {
            Log.RescalePrepares(_logger, _job.Name, rescale.What, rescale.From);
            await HandOverAsync(_generation!, rescale, cancellationToken);
            return await rescale.Answer;
        }
        finally
        {
            if (_rescale == rescale)
                _rescale = null;
            rescale.Dispose();
        }
    }

    /// <summary>Up to the end of the old generation, however that comes about.</summary>
    private async Task HandOverAsync(JobGeneration generation, RescaleAttempt rescale, CancellationToken cancellationToken)
    {
        try
        {
            await PrepareAsync(generation, rescale, cancellationToken);
            await generation.HandOverAsync(rescale);
        }
        catch (Exception e) when (rescale.Stage == RescaleStage.Preparing || generation.IsRunning)
        {
            generation.KeepOn();
            Log.RescaleFailed(_logger, SaysAll(e) ? null : e, _job.Name, rescale.What, e.Message);
            if (e is OperationCanceledException && cancellationToken.IsCancellationRequested)
                throw;
            rescale.Fail(_job.Name, e is OperationCanceledException ? "the job ended or failed meanwhile" : e.Message, e);
        }
        catch (InvalidOperationException)
        {
            // The generation has ended; what became of the change is said once it is closed.
        }
    }

    private static async Task PrepareAsync(JobGeneration generation, RescaleAttempt rescale, CancellationToken cancellationToken)
    {
        using var givesUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, generation.Closing);
        await generation.PrepareAsync(rescale, givesUp.Token);
        givesUp.Token.ThrowIfCancellationRequested();
        if (!generation.IsRunning)
            throw new InvalidOperationException("the job ended or failed meanwhile");
    }

    private RescaleAttempt BeginRescale(string? operatorName, int parallelism)
    {
        if (_host.IsCluster)
            throw new InvalidOperationException($"Job '{_job.Name}' runs on a cluster, where the parallelism is not changed while a job runs; stop it, change Parallelism, and start it again.");
        if (parallelism < 1 || parallelism > _job.Options.KeyGroups)
            throw new ArgumentOutOfRangeException(nameof(parallelism), parallelism, $"The parallelism must be from 1 to the number of key groups, {_job.Options.KeyGroups}.");
        Node? node = operatorName is null ? null : _job.Nodes.FirstOrDefault(node => node.Name == operatorName)
            ?? throw new ArgumentException($"Job '{_job.Name}' has no operator '{operatorName}'; it has {string.Join(", ", _job.Nodes.Where(known => known.Name is not null).Select(known => $"'{known.Name}'"))}.", nameof(operatorName));
        if (_rescale is not null)
            throw new InvalidOperationException($"Job '{_job.Name}' is being changed to {_rescale.What}; wait for that.");
        if (_generation is not { IsRunning: true } || _stopping || _draining)
            throw new InvalidOperationException($"Job '{_job.Name}' does not run, or is about to end; its parallelism is changed while it runs.");
        int from = node is null ? _scale.Of(_job.Options) : _generation.ParallelismOf(node);
        JobScale scale = _scale.With(operatorName, parallelism);
        return _rescale = new RescaleAttempt(operatorName, from, parallelism, scale, _host.Time) { OnBegun = () => _scale = scale };
    }

    private JobGeneration NextGeneration()
    {
        RescaleAttempt? begins = _rescale is { Stage: RescaleStage.Starting } ? _rescale : null;
        return new JobGeneration(_job, _host, Progress, begins?.Scale ?? _scale, begins);
    }

    /// <summary>What a generation's end means for a change of parallelism, and that for the job.</summary>
    private GenerationEnd AfterRescale(GenerationEnd end)
    {
        if (_rescale is null)
            return end;
        if (end is GenerationEnd.HandedOver && _rescale.Stage == RescaleStage.Stopping)
        {
            _rescale.OldClosed();
            return end;
        }

        // A new parallelism that doesn't work is no reason to fail a job that worked with the old one.
        bool goesBack = _rescale.Stage == RescaleStage.Starting && end is GenerationEnd.Failed;
        string why = end switch
        {
            GenerationEnd.Failed failed => failed.Detail,
            GenerationEnd.Moved moved => moved.Why,
            _ => $"the job ended as {end.GetType().Name}",
        };
        string what = _rescale.What;
        EndRescale(RescaleStage.Stopping, why, (end as GenerationEnd.Failed)?.Error);
        return goesBack ? new GenerationEnd.Moved($"it could not start with {what}") : end;
    }

    /// <summary>Answers whoever waits for a change of parallelism that has come so far at least; one that is prepared yet fails by itself.</summary>
    private void EndRescale(RescaleStage least, string why, Exception? error)
    {
        if (_rescale is not { } rescale || rescale.Stage < least)
            return;
        _rescale = null;
        if (rescale.Answer.IsCompleted)
            return;

        // Of other stages the end of the generation says it all.
        if (rescale.Stage != RescaleStage.Begun)
            Log.RescaleFailed(_logger, rescale.Stage == RescaleStage.Starting ? error : null, _job.Name, rescale.What, why);
        rescale.Fail(_job.Name, why, error);
    }

    /// <summary>Whether the message of an error is enough for the log.</summary>
    private static bool SaysAll(Exception error)
        => error is InvalidOperationException or OperationCanceledException or CheckpointStoreException or CorruptCheckpointException or ObjectNotFoundException;
}
