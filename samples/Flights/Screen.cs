using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Gristmill.Samples.Flights;

/// <summary>What the user sees of a running job: a live line on a terminal, plain lines elsewhere.</summary>
internal sealed class Screen
{
    private static readonly TimeSpan LiveEvery = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(2);

    private readonly bool _live = !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive && AnsiConsole.Profile.Capabilities.Ansi;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly string _records;
    private readonly bool _hasEventTime;
    private long _lastRecords;
    private TimeSpan _lastAt;

    /// <param name="records">What the job's records are called.</param>
    /// <param name="hasEventTime">Whether the job has an event time to show.</param>
    public Screen(string records = "rows", bool hasEventTime = true)
    {
        (_records, _hasEventTime) = (records, hasEventTime);

        // Asked by itself it goes by the name of the terminal, even where the output is none.
        if (Console.IsOutputRedirected)
            AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
    }

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    public void WriteLine(string line)
    {
        if (_live)
            AnsiConsole.WriteLine(line);
        else
            Console.WriteLine(line);
    }

    public void WriteError(string line)
    {
        // On a terminal it must go the live line's way, which would be torn otherwise.
        if (_live && !Console.IsErrorRedirected)
            AnsiConsole.WriteLine(line);
        else
            Console.Error.WriteLine(line);
    }

    /// <summary>Says why it came to nothing.</summary>
    /// <returns>The exit code.</returns>
    public static int Fail(string why, int exitCode)
    {
        Console.Error.WriteLine(why);
        return exitCode;
    }

    /// <summary>Shows a job's progress until its end.</summary>
    public async Task FollowAsync(EmbeddedJob job)
    {
        if (_live)
            await AnsiConsole.Status().StartAsync("starting", context => FollowAsync(job, LiveEvery, line => context.Status = line.EscapeMarkup()));
        else
            await FollowAsync(job, PlainEvery, Console.WriteLine);
    }

    private async Task FollowAsync(EmbeddedJob job, TimeSpan every, Action<string> show)
    {
        while (await Task.WhenAny(job.Completion, Task.Delay(every)) != job.Completion)
            show(Describe(job.Status));
    }

    private string Describe(JobStatus status)
    {
        TimeSpan now = Elapsed;
        double rate = (status.RecordsIn - _lastRecords) / (now - _lastAt).TotalSeconds;
        (_lastRecords, _lastAt) = (status.RecordsIn, now);
        string checkpoints = status.LastCheckpoint is { } last
            ? string.Create(CultureInfo.InvariantCulture, $"{status.Checkpoints:N0} checkpoints, the last in {last.Duration.TotalMilliseconds:N0} ms")
            : "no checkpoint yet";
        return string.Create(CultureInfo.InvariantCulture,
            $"{now:mm\\:ss}  {status.RecordsIn:N0} {_records}, {rate:N0}/s{(_hasEventTime ? $"  event time {EventTime(status.Watermark)}" : "")}  {checkpoints}{(status.State == JobState.Running ? "" : $"  ({status.State})")}");
    }

    private static string EventTime(long? watermark) => watermark is { } ms
        ? DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
        : "not known yet";
}
