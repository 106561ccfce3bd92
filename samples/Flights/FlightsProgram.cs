using System.Globalization;

namespace Gristmill.Samples.Flights;

/// <summary>Runs the job from the settings to the exit code.</summary>
internal static class FlightsProgram
{
    private const string JobName = "flights";

    public static async Task<int> RunAsync(Settings settings)
    {
        var screen = new Screen();
        try
        {
            if (RunRecord.Conflict(settings) is { } conflict)
                return Screen.Fail(conflict, ExitCodes.Usage);
            return await RunJobAsync(settings, screen);
        }
        catch (JobConfigurationException e)
        {
            return Screen.Fail(e.Message, ExitCodes.Failed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Screen.Fail($"The job failed: {e.Message}", ExitCodes.Failed);
        }
    }

    private static async Task<int> RunJobAsync(Settings settings, Screen screen)
    {
        var job = new FlightDelays(settings.Input, settings.Output, settings.Lateness, settings.RowsPerSecond);
        using var running = new EmbeddedJob(JobName, job, Options(settings), new ConsoleLog(screen));
        using var signal = new StopSignal(() =>
        {
            screen.WriteLine("Stopping behind a last checkpoint.");
            _ = running.StopAsync();
        });

        running.Start();
        await screen.FollowAsync(running);
        return Report(await running.Completion, running.Status, settings, screen, signal.Number);
    }

    private static GristmillOptions Options(Settings settings)
    {
        var options = new GristmillOptions { Parallelism = settings.Parallelism };
        options.Checkpoints.Interval = settings.Interval;
        options.Checkpoints.UseFiles(settings.Checkpoints);

        // Somebody looks on: what a few seconds do not mend is better told than tried again.
        options.Restart.MostAttempts = 3;
        return options;
    }

    private static int Report(JobOutcome outcome, JobStatus status, Settings settings, Screen screen, int signal)
    {
        switch (outcome.State)
        {
            case JobState.Completed when outcome.WasCompleteBefore:
                screen.WriteLine($"The job was complete already; nothing was done. To run it anew, remove '{settings.Checkpoints}' and '{settings.Output}', or name others.");
                break;
            case JobState.Completed:
                screen.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"Complete. This process read {status.RecordsIn:N0} rows in {screen.Elapsed.TotalSeconds:N1} s and took {status.Checkpoints:N0} checkpoints."));
                break;
            case JobState.Stopped or JobState.Cancelled:
                screen.WriteLine($"Stopped{(status.LastCheckpoint is { } last ? $" at checkpoint {last.Number}" : "")}. The result is not complete; run the same command again to go on.");
                return ExitCodes.StoppedBySignal + signal;
            default:
                return Screen.Fail(outcome.Error?.Message ?? $"The job ended as {outcome.State}.", ExitCodes.Failed);
        }

        DelayReport.Read(settings.Output).Print(settings);
        return ExitCodes.Done;
    }
}
