using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Gristmill.Flights.Tests;

/// <summary>The sample as a process.</summary>
internal sealed partial class FlightsProcess : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(5);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private FlightsProcess(Process process)
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

    public static FlightsProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (string argument in arguments.Prepend(Path.Combine(AppContext.BaseDirectory, "Gristmill.Flights.dll")).Prepend("exec"))
            start.ArgumentList.Add(argument);
        return new FlightsProcess(new Process { StartInfo = start });
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<FlightsExit> RunAsync(params string[] arguments)
    {
        using FlightsProcess process = Start(arguments);
        return await process.ExitAsync();
    }

    /// <summary>Runs it to its end, which must be a good one.</summary>
    public static async Task<FlightsExit> CompleteAsync(params string[] arguments)
    {
        FlightsExit exit = await RunAsync(arguments);
        Assert.True(exit.Code == 0, exit.ToString());
        return exit;
    }

    public async Task<FlightsExit> ExitAsync()
    {
        using var limit = new CancellationTokenSource(LongestWait);
        await _process.WaitForExitAsync(limit.Token);
        return new FlightsExit(_process.ExitCode, Output, Error);
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
internal sealed record FlightsExit(int Code, string Output, string Error)
{
    public override string ToString() => $"exit code {Code}\n--- output\n{Output}\n--- error\n{Error}";
}
