using System.CommandLine;
using System.CommandLine.Parsing;

namespace Gristmill.Samples.Flights;

/// <summary>How a sample's command is run.</summary>
internal static class SampleCommand
{
    /// <summary>Runs the command, or says all that is wrong with how it was called.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        ParseResult result = root.Parse(args);
        if (result.Errors.Count > 0)
        {
            foreach (ParseError error in result.Errors)
                await Console.Error.WriteLineAsync(error.Message);
            await Console.Error.WriteLineAsync("Run with --help to see the options.");
            return ExitCodes.Usage;
        }

        // The program answers signals itself: it stops behind a last checkpoint, however long that takes.
        return await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
    }
}
