using Gristmill.Protocol;
using Gristmill.Queries;
using Microsoft.Extensions.Logging;
using CheckpointKind = Gristmill.Protocol.CheckpointKind;

namespace Gristmill.Jobs;

/// <summary>A job's life in this process: one generation after the other, as the restart policy says. Runs where the host posts things.</summary>
internal sealed partial class JobMaster
{
    private readonly JobDefinition _job;
    private readonly IJobHost _host;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _cancelled = new();
    private JobGeneration? _generation;
    private CancellationTokenSource? _delay;
    private bool _draining;
    private bool _stopping;
    private bool _abandoned;

    public JobMaster(JobDefinition job, IJobHost host)
    {
        _job = job;
        _host = host;
        _logger = host.Loggers.CreateLogger("Gristmill.Job");
        job.LogTo(host.Loggers);
        Progress = new JobProgress(job.Name)
        {
            Watermark = () => _generation?.Watermark,
            Pace = new CheckpointPace(job.Options.Checkpoints, job.Options.Restart, host.IsCluster),
        };
    }

    public JobProgress Progress { get; }

    /// <summary>
    /// Whether a failure was the loss of a node. That says nothing of the job, so it is restarted as the policy says but
    /// without being counted. Default: never.
    /// </summary>
    public Func<Exception?, bool> IsLossOfNode { get; init; } = _ => false;

    /// <summary>Runs the job to its end. Does not throw.</summary>
    public async Task<JobOutcome> RunAsync()
    {
        JobOutcome outcome = await RunGenerationsAsync();
        EndRescale(RescaleStage.Stopping, $"the job ended as {outcome.State}", outcome.Error);
        return outcome;
    }

    private async Task<JobOutcome> RunGenerationsAsync()
    {
        foreach (string warning in _job.Warnings())
            Log.Warning(_logger, _job.Name, warning);
        RestartState restarts = default, losses = default;
        bool hasFailed = false;
        while (true)
        {
            Progress.State = JobState.Starting;
            _generation = NextGeneration();
            if (_cancelled.IsCancellationRequested)
                return Ended(_abandoned ? new GenerationEnd.Stopped(null) : new GenerationEnd.Cancelled());

            // It failed before it could stop, or was stopped while it waited to be restarted: the newest checkpoint stands.
            if (_stopping && hasFailed)
                return Ended(new GenerationEnd.Stopped(Progress.Status().LastCheckpoint?.Number));
            if (_draining)
                _generation.Drain();
            if (_stopping)
                Forget(_generation.StopAsync());
            GenerationEnd end = AfterRescale(await _generation.RunAsync());
            hasFailed = false;
            if (end is GenerationEnd.HandedOver)
            {
                Progress.Restarted(isRestart: false);
                continue;
            }

            if (end is GenerationEnd.Moved moved)
            {
                Log.Moves(_logger, _job.Name, Progress.Generation, moved.Why);
                Progress.Restarted();
                continue;
            }

            if (end is not GenerationEnd.Failed failed)
                return Ended(end);

            Log.Failed(_logger, failed.Error, _job.Name, Progress.Generation, failed.Detail);
            bool isLoss = IsLossOfNode(failed.Error);
            RestartDecision decision = !failed.MayRestart ? new RestartDecision(restarts, null)
                : isLoss ? Restarts.Decide(Policy(int.MaxValue), losses, NowMs())
                : Restarts.Decide(Policy(_job.Options.Restart.MostAttempts), restarts, NowMs());
            if (decision.AfterMs is not { } afterMs)
                return Ended(failed);
            hasFailed = !isLoss;
            if (isLoss)
                losses = decision.State;
            else
                restarts = decision.State;
            Progress.State = JobState.Restarting;
            Progress.Restarted();
            if (_stopping && hasFailed)
                continue;
            Log.Restarts(_logger, _job.Name, afterMs, isLoss ? losses.Attempts : restarts.Attempts);
            await DelayAsync(afterMs);
        }
    }

    /// <summary>Takes a checkpoint now.</summary>
    public Task<long> CheckpointAsync()
        => _generation?.RequestAsync(CheckpointKind.Manual) ?? throw new InvalidOperationException($"Job '{_job.Name}' does not run.");

    /// <summary>Asks for a key's state in the running generation.</summary>
    /// <exception cref="StateQueryException">It can't be answered.</exception>
    public Task<StateAnswer> QueryAsync(StateQuery query)
        => _generation?.QueryAsync(query) ?? Task.FromException<StateAnswer>(new StateQueryException($"Job '{_job.Name}' does not run; ask for its last checkpoint."));

    /// <summary>Stops behind a last checkpoint.</summary>
    public void Stop()
    {
        if (_stopping)
            return;
        _stopping = true;
        _delay?.Cancel();
        if (_generation is not null)
            Forget(_generation.StopAsync());
    }

    /// <summary>Reads nothing more and completes with what there is.</summary>
    public void Drain()
    {
        _draining = true;
        _generation?.Drain();
    }

    /// <summary>Ends at once, without a checkpoint.</summary>
    public void Cancel()
    {
        _cancelled.Cancel();
        _generation?.Cancel();
    }

    /// <summary>Leaves the job to whoever takes it over next.</summary>
    public void Abandon()
    {
        _abandoned = true;
        _cancelled.Cancel();
        _generation?.Abandon();
    }

    /// <summary>Ends the running generation, so that the next one begins on other nodes, from the newest checkpoint and at once.</summary>
    public void Move(string why) => _generation?.Move(why);

    private static async void Forget(Task<long> request)
    {
        try
        {
            await request;
        }
        catch (InvalidOperationException)
        {
            // The job's end says what became of its stop.
        }
    }

    private JobOutcome Ended(GenerationEnd end)
    {
        JobOutcome outcome = Outcome(end);
        Progress.State = outcome.State;
        return outcome;
    }

    private JobOutcome Outcome(GenerationEnd end)
    {
        switch (end)
        {
            case GenerationEnd.Completed { WasBefore: true }:
                Log.WasComplete(_logger, _job.Name);
                return new JobOutcome(JobState.Completed, WasCompleteBefore: true, null);
            case GenerationEnd.Completed:
                Log.Complete(_logger, _job.Name);
                return new JobOutcome(JobState.Completed, WasCompleteBefore: false, null);
            case GenerationEnd.Stopped stopped:
                Log.Stopped(_logger, _job.Name, stopped.Checkpoint is { } last ? $"checkpoint {last}" : "the checkpoint it started from");
                return new JobOutcome(JobState.Stopped, WasCompleteBefore: false, null);
            case GenerationEnd.Fenced:
                Log.Fenced(_logger, _job.Name, Progress.Generation);
                return new JobOutcome(JobState.Fenced, WasCompleteBefore: false, new JobFencedException(_job.Name, Progress.Generation));
            case GenerationEnd.Failed failed:
                Exception error = failed.Error is JobConfigurationException or JobFailedException
                    ? failed.Error
                    : new JobFailedException($"Job '{_job.Name}' failed: {failed.Detail}", failed.Error);
                return new JobOutcome(JobState.Failed, WasCompleteBefore: false, error);
            default:
                Log.Cancelled(_logger, _job.Name);
                return new JobOutcome(JobState.Cancelled, WasCompleteBefore: false, null);
        }
    }

    private async Task DelayAsync(long milliseconds)
    {
        try
        {
            _delay = CancellationTokenSource.CreateLinkedTokenSource(_cancelled.Token);
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), _host.Time, _delay.Token);
        }
        catch (OperationCanceledException)
        {
            // The loop sees it.
        }
        finally
        {
            _delay?.Dispose();
            _delay = null;
        }
    }

    private Protocol.RestartPolicy Policy(int mostAttempts)
    {
        RestartOptions options = _job.Options.Restart;
        return options.Policy switch
        {
            RestartPolicy.None => new Protocol.RestartPolicy.None(),
            RestartPolicy.FixedDelay => new Protocol.RestartPolicy.FixedDelay(mostAttempts, (long)options.Delay.TotalMilliseconds),
            _ => new Protocol.RestartPolicy.Exponential(
                (long)options.Delay.TotalMilliseconds, (long)options.LongestDelay.TotalMilliseconds, options.Multiplier,
                (long)options.HealthyAfter.TotalMilliseconds, mostAttempts),
        };
    }

    private long NowMs() => _host.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
