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
            await MeasureAsync(settings with { Numbers = settings.Numbers with { Events = settings.Warmup }, FailAt = null, RescaleAt = null }, cancellationToken);

        // What the warm-up left behind is not the run's to clean.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return await MeasureAsync(settings, cancellationToken);
    }

    private static async Task<RunResult> MeasureAsync(RunSettings settings, CancellationToken cancellationToken)
    {
        var committed = new CommittedChecksum();
        PlantedFailure? failure = settings.FailAt is { } part ? new PlantedFailure((settings.Preload ? settings.Keys : 0) + (long)(settings.Numbers.Events * part)) : null;
        Preload preload = settings.Preload ? new Preload(settings.Keys) : Preload.None;
        int splits = Math.Max(settings.Parallelism, settings.RescaleTo);
        var input = new QueryInput(settings.Numbers, settings.Keys, splits, committed, failure) { Hot = settings.Hot, Preload = preload };
        using var store = new StoreFolder(settings.Store);
        using var job = new EmbeddedJob($"nexmark-{settings.Query.Name}", settings.Query.CreateJob(input), Options(settings, store));
        if (failure is not null && settings.FailAfterCheckpoint)
            failure.MayHappen = () => job.CompletedCheckpoints.Count > 0;

        int checkpointsBefore = await PreloadAsync(job, preload, cancellationToken);
        TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
        long before = Stopwatch.GetTimestamp();
        preload.Open();
        Task<RescaleResult?> rescaling = RescaleAsync(job, settings, preload, cancellationToken);
        JobOutcome outcome = await job.RunAsync(cancellationToken);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(before);
        TimeSpan cpu = Environment.CpuUsage.TotalTime - cpuBefore;
        if (outcome.State != JobState.Completed)
            throw new BenchFailedException($"The job ended as {outcome.State}: {outcome.Error?.Message ?? "it was stopped"}", outcome.Error);
        RescaleResult? rescaled = await rescaling;
        return Describe(settings, committed.Total, elapsed, cpu, job, [.. job.CompletedCheckpoints.Skip(checkpointsBefore)], failure) with
        {
            RescaleStopSeconds = rescaled?.Stopped.TotalSeconds,
            RescaleLastCheckpointSeconds = rescaled?.LastCheckpoint.TotalSeconds,
            RescaleClosingSeconds = rescaled?.Closing.TotalSeconds,
            RescaleRestoringSeconds = rescaled?.Restoring.TotalSeconds,
            RescalePreparationSeconds = rescaled?.Preparation.TotalSeconds,
        };
    }

    /// <summary>Changes the parallelism once so much is read.</summary>
    /// <exception cref="BenchFailedException">The job ended first.</exception>
    private static async Task<RescaleResult?> RescaleAsync(EmbeddedJob job, RunSettings settings, Preload preload, CancellationToken cancellationToken)
    {
        if (settings.RescaleAt is not { } part)
            return null;
        long at = preload.Records + (long)(settings.Numbers.Events * part);
        while (job.Status.RecordsIn < at && !job.Completion.IsCompleted)
            await Task.Delay(1, cancellationToken);
        try
        {
            return await job.RescaleAsync(settings.RescaleTo, cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            throw new BenchFailedException($"{e.Message} Give more --events, or a smaller --rescale-at.", e);
        }
    }

    /// <summary>Brings all keys into the state and into a checkpoint. The clock starts behind it.</summary>
    /// <returns>How many checkpoints are not the run's.</returns>
    private static async Task<int> PreloadAsync(EmbeddedJob job, Preload preload, CancellationToken cancellationToken)
    {
        if (preload.Records == 0)
            return 0;
        job.Start();
        while (job.Status.RecordsIn < preload.Records)
        {
            if (job.Completion.IsCompleted)
                throw new BenchFailedException($"The job ended while its keys were loaded: {(await job.Completion).Error?.Message}", null);
            await Task.Delay(10, cancellationToken);
        }

        // The second one builds on the first, as all that follow.
        await job.CheckpointAsync();
        await job.CheckpointAsync();
        GC.Collect();
        return job.CompletedCheckpoints.Count;
    }

    private static GristmillOptions Options(RunSettings settings, StoreFolder store)
    {
        var options = new GristmillOptions { Parallelism = settings.Parallelism };
        options.Checkpoints.Periodic = settings.CheckpointInterval is not null;
        options.Checkpoints.Interval = settings.CheckpointInterval ?? options.Checkpoints.Interval;
        options.Checkpoints.Incremental = settings.Incremental;
        if (settings.Unaligned)
            options.Checkpoints.Unaligned = UnalignedCheckpoints.Always;
        options.Restart.Policy = RestartPolicy.FixedDelay;
        options.Restart.Delay = TimeSpan.Zero;
        store.Use(options.Checkpoints);
        if (settings.SpillBudget is { } budget)
            options.State.UseSpill(Path.Combine(Path.GetTempPath(), "gristmill-bench-spill"), budget);
        return options;
    }

    private static RunResult Describe(
        RunSettings settings, StagedChecksum total, TimeSpan elapsed, TimeSpan cpu, EmbeddedJob job, IReadOnlyList<CheckpointAttempt> checkpoints, PlantedFailure? failure)
    {
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
            PauseMillisecondsP50 = Percentile(checkpoints.Select(checkpoint => checkpoint.MaxPauseMs), 0.5),
            PauseMillisecondsP99 = Percentile(checkpoints.Select(checkpoint => checkpoint.MaxPauseMs), 0.99),
            CheckpointBytes = checkpoints.Sum(checkpoint => checkpoint.Bytes),
            CheckpointBytesP50 = (long)Percentile(checkpoints.Select(checkpoint => (double)checkpoint.Bytes), 0.5),
            CheckpointMillisecondsP50 = Percentile(checkpoints.Select(checkpoint => checkpoint.DurationMs), 0.5),
            Restarts = job.Status.Restarts,
            RecoverySeconds = failure?.Recovery?.TotalSeconds,
        };
    }

    private static double Percentile(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(sorted.Length * part) - 1)];
    }
}

/// <summary>A run that gave no result.</summary>
internal sealed class BenchFailedException(string message, Exception? cause) : Exception(message, cause);
