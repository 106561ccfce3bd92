using System.Diagnostics;
using System.Globalization;
using Gristmill.Checkpoints;

namespace Gristmill.Bench;

/// <summary>Runs a query: first for warmth, then measured.</summary>
internal static class BenchRun
{
    /// <exception cref="BenchFailedException">The job did not complete.</exception>
    public static async Task<RunResult> RunAsync(RunSettings settings, CancellationToken cancellationToken = default)
    {
        if (settings.Warmup > 0)
            await MeasureAsync(settings with { Numbers = settings.Numbers with { Events = settings.Warmup }, FailAt = null }, cancellationToken);

        // What the warm-up left behind is not the run's to clean.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return await MeasureAsync(settings, cancellationToken);
    }

    private static async Task<RunResult> MeasureAsync(RunSettings settings, CancellationToken cancellationToken)
    {
        var committed = new CommittedChecksum();
        PlantedFailure? failure = settings.FailAt is { } part ? new PlantedFailure((long)(settings.Numbers.Events * part)) : null;
        var input = new QueryInput(settings.Numbers, settings.Keys, settings.Parallelism, committed, failure);
        using var store = new StoreFolder(settings.Store);
        using var job = new EmbeddedJob($"nexmark-{settings.Query.Name}", settings.Query.CreateJob(input), Options(settings, store));
        if (failure is not null && settings.FailAfterCheckpoint)
            failure.MayHappen = () => job.CompletedCheckpoints.Count > 0;

        TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
        long before = Stopwatch.GetTimestamp();
        JobOutcome outcome = await job.RunAsync(cancellationToken);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(before);
        TimeSpan cpu = Environment.CpuUsage.TotalTime - cpuBefore;
        if (outcome.State != JobState.Completed)
            throw new BenchFailedException($"The job ended as {outcome.State}: {outcome.Error?.Message ?? "it was stopped"}", outcome.Error);
        return Describe(settings, committed.Total, elapsed, cpu, job, failure);
    }

    private static GristmillOptions Options(RunSettings settings, StoreFolder store)
    {
        var options = new GristmillOptions { Parallelism = settings.Parallelism };
        options.Checkpoints.Periodic = settings.CheckpointInterval is not null;
        options.Checkpoints.Interval = settings.CheckpointInterval ?? options.Checkpoints.Interval;
        options.Restart.Policy = RestartPolicy.FixedDelay;
        options.Restart.Delay = TimeSpan.Zero;
        store.Use(options.Checkpoints);
        return options;
    }

    private static RunResult Describe(
        RunSettings settings, StagedChecksum total, TimeSpan elapsed, TimeSpan cpu, EmbeddedJob job, PlantedFailure? failure)
    {
        IReadOnlyList<CheckpointAttempt> checkpoints = job.CompletedCheckpoints;
        return new RunResult
        {
            Query = settings.Query.Name,
            Events = settings.Numbers.Events,
            Parallelism = settings.Parallelism,
            Rows = total.Rows,
            Hash = total.Hash.ToString("x16", CultureInfo.InvariantCulture),
            Seconds = elapsed.TotalSeconds,
            CpuSeconds = cpu.TotalSeconds,
            Checkpoints = checkpoints.Count,
            CheckpointMillisecondsMax = checkpoints.Max(checkpoint => checkpoint.DurationMs),
            PauseMillisecondsMax = checkpoints.Max(checkpoint => checkpoint.MaxPauseMs),
            CheckpointBytes = checkpoints.Sum(checkpoint => checkpoint.Bytes),
            Restarts = job.Status.Restarts,
            RecoverySeconds = failure?.Recovery?.TotalSeconds,
        };
    }
}

/// <summary>A run that gave no result.</summary>
internal sealed class BenchFailedException(string message, Exception? cause) : Exception(message, cause);
