using System.Globalization;
using Gristmill.Client;
using Gristmill.GrainInterfaces;
using Gristmill.Samples.Flights;
using Spectre.Console;

namespace Gristmill.Samples.FlightsCluster;

/// <summary>Runs the job on a cluster of its own, from the settings to the exit code.</summary>
internal static class ClusterProgram
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(2);

    public static async Task<int> RunAsync(int silos, Settings settings)
    {
        // Asked by itself it goes by the name of the terminal, even where the output is none.
        if (Console.IsOutputRedirected)
            AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });

        // The silos see the same paths wherever they run.
        settings = settings with { Input = Path.GetFullPath(settings.Input), Output = Path.GetFullPath(settings.Output), Checkpoints = Path.GetFullPath(settings.Checkpoints) };
        using var signal = new StopSignal();
        try
        {
            if (RunRecord.Conflict(settings) is { } conflict)
                return Fail(conflict, ExitCodes.Usage);
            await using LocalCluster cluster = await LocalCluster.StartAsync(silos, settings, signal.Token);
            JobReport end = await FollowAsync(cluster.Client, signal);
            return Report(end, settings, signal);
        }
        catch (OperationCanceledException) when (signal.Number != 0)
        {
            return ExitCodes.StoppedBySignal + signal.Number;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JobOperationException or ClusterUnreachableException)
        {
            return Fail(e.Message, ExitCodes.Failed);
        }
    }

    private static async Task<JobReport> FollowAsync(IGristmillClient client, StopSignal signal)
    {
        await client.StartAsync(FlightsSilo.JobName);
        var line = new ProgressLine();
        while (true)
        {
            if (signal.Token.IsCancellationRequested)
            {
                Console.WriteLine("Stopping behind a last checkpoint.");
                return await client.StopAsync(FlightsSilo.JobName);
            }

            if (await AskAsync(client) is { } report)
            {
                if (report.State is "Completed" or "Failed" or "Fenced" or "Stopped" or "Cancelled")
                    return report;
                if (line.Since() >= SayEvery)
                    Console.WriteLine(line.Next(report));
            }

            await Task.Delay(LookAgain);
        }
    }

    /// <summary>A silo may have been killed on purpose: its job comes back, and so does the answer.</summary>
    private static async Task<JobReport?> AskAsync(IGristmillClient client)
    {
        try
        {
            return await client.GetStatusAsync(FlightsSilo.JobName);
        }
        catch (ClusterUnreachableException)
        {
            return null;
        }
    }

    private static int Report(JobReport end, Settings settings, StopSignal signal)
    {
        if (end.State == "Completed")
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Complete. The cluster read {end.RecordsIn:N0} rows and took {end.Checkpoints:N0} checkpoints."));
            DelayReport.Read(settings.Output).Print(settings);
            return ExitCodes.Done;
        }

        if (end.State is not ("Stopped" or "Cancelled"))
            return Fail(end.Error ?? $"The job ended as {end.State}.", ExitCodes.Failed);
        Console.WriteLine($"Stopped{(end.Checkpoint is { } last ? $" at checkpoint {last}" : "")}. The result is not complete; run the same command again to go on.");
        return ExitCodes.StoppedBySignal + signal.Number;
    }

    private static int Fail(string why, int exitCode)
    {
        Console.Error.WriteLine(why);
        return exitCode;
    }
}
