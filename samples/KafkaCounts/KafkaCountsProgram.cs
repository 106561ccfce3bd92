using System.Globalization;
using Gristmill.Samples.Flights;

namespace Gristmill.Samples.KafkaCounts;

/// <summary>Runs the job from the settings to the exit code.</summary>
internal static class KafkaCountsProgram
{
    private const string JobName = "kafka-counts";

    public static async Task<int> RunAsync(Settings settings)
    {
        var screen = new Screen("records", hasEventTime: false);
        try
        {
            return await RunJobAsync(settings, screen);
        }
        catch (JobConfigurationException e)
        {
            return Screen.Fail(e.Message, ExitCodes.Failed);
        }
    }

    private static async Task<int> RunJobAsync(Settings settings, Screen screen)
    {
        using var running = new EmbeddedJob(JobName, new RunningCounts(settings), Options(settings), new ConsoleLog(screen));
        using var signal = new StopSignal(() =>
        {
            screen.WriteLine("Stopping behind a last checkpoint.");
            _ = running.StopAsync();
        });

        Task<bool> end = settings.UntilEnd ? UntilEnd.StopAsync(running, settings) : Task.FromResult(false);
        running.Start();
        await screen.FollowAsync(running);
        return Report(await running.Completion, running.Status, screen, await end, signal.Number);
    }

    private static GristmillOptions Options(Settings settings)
    {
        var options = new GristmillOptions { Parallelism = settings.Parallelism };
        options.Checkpoints.Interval = settings.Interval;
        options.Checkpoints.UseFiles(settings.Checkpoints);
        return options;
    }

    private static int Report(JobOutcome outcome, JobStatus status, Screen screen, bool reachedEnd, int signal)
    {
        if (outcome.State is not (JobState.Stopped or JobState.Cancelled))
            return Screen.Fail(outcome.Error?.Message ?? $"The job ended as {outcome.State}.", ExitCodes.Failed);
        string where = status.LastCheckpoint is { } last ? $" at checkpoint {last.Number.ToString(CultureInfo.InvariantCulture)}" : "";
        if (reachedEnd && outcome.State == JobState.Stopped)
        {
            screen.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Reached the end{where}, and all of it is committed. This process read {status.RecordsIn:N0} records in {screen.Elapsed.TotalSeconds:N1} s."));
            return ExitCodes.Done;
        }

        screen.WriteLine($"Stopped{where}. Run the same command again to go on.");
        return ExitCodes.StoppedBySignal + signal;
    }
}
