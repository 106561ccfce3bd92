using System.CommandLine;
using System.CommandLine.Invocation;

namespace Gristmill.Bench;

/// <summary>The program, but for its process.</summary>
internal static class CommandLine
{
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Benchmarks of Gristmill.") { new NexmarkCommand(), new CheckpointsCommand() };
        var streams = new InvocationConfiguration { Output = output, Error = error };
        ParseResult parsed = root.Parse(args);
        if (parsed.Action is not ParseErrorAction wrong)
            return await parsed.InvokeAsync(streams);

        wrong.ShowHelp = false;
        await parsed.InvokeAsync(streams);
        await error.WriteLineAsync("See --help.");
        return ExitCodes.WrongUse;
    }
}

/// <summary>What the program returns.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUse = 2;
}
