using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Gristmill.Flights.Tests;

/// <summary>A sample as a process. Which one, another file says.</summary>
internal sealed partial class SampleProcess : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private SampleProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Note(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Note(_error, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output => Text(_output);

    public string Error => Text(_error);

    public bool HasExited => _process.HasExited;

    public static SampleProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (string argument in arguments.Prepend(Path.Combine(AppContext.BaseDirectory, Program)).Prepend("exec"))
            start.ArgumentList.Add(argument);
        return new SampleProcess(new Process { StartInfo = start });
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<SampleExit> RunAsync(params string[] arguments)
    {
        using SampleProcess process = Start(arguments);
        return await process.ExitAsync();
    }

    /// <summary>Runs it to its end, which must be a good one.</summary>
    public static async Task<SampleExit> CompleteAsync(params string[] arguments)
    {
        SampleExit exit = await RunAsync(arguments);
        Assert.True(exit.Code == 0, exit.ToString());
        return exit;
    }

    public async Task<SampleExit> ExitAsync()
    {
        using var limit = new CancellationTokenSource(LongestWait);
        await _process.WaitForExitAsync(limit.Token);
        return new SampleExit(_process.ExitCode, Output, Error);
    }

    /// <summary>Waits until a condition holds. Fails if the process ends before it does.</summary>
    public async Task UntilAsync(string what, Func<bool> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.False(_process.HasExited && !condition(), $"The process ended before {what}.\n{Output}\n{Error}");
            Assert.True(waited.Elapsed < LongestWait, $"Waited for {LongestWait} in vain until {what}.\n{Output}\n{Error}");
            await Task.Delay(LookAgain);
        }
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await ExitAsync();
    }

    /// <summary>kill -TERM.</summary>
    public void Terminate()
    {
        const int sigterm = 15;
        Assert.Equal(0, Kill(_process.Id, sigterm));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    private static void Note(StringBuilder text, string? line)
    {
        lock (text)
            text.AppendLine(CultureInfo.InvariantCulture, $"{line}");
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}

/// <summary>How a process ended.</summary>
internal sealed record SampleExit(int Code, string Output, string Error)
{
    public override string ToString() => $"exit code {Code}\n--- output\n{Output}\n--- error\n{Error}";
}
