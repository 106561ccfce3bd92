using System.CommandLine;
using System.CommandLine.Parsing;
using Gristmill.Checkpoints;
using Gristmill.Cli.Checkpoints;
using Gristmill.Cli.History;
using Gristmill.Cli.State;
using Gristmill.Codec;

namespace Gristmill.Cli;

/// <summary>The command line as a whole.</summary>
internal static class GristmillTool
{
    /// <summary>Runs one command.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Where answers and errors go.</param>
    /// <param name="environment">Reads an environment variable; null where it is not set.</param>
    /// <param name="cancellationToken">Gives up, as Ctrl-C does.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, ToolOutput output, Func<string, string?> environment, CancellationToken cancellationToken = default)
    {
        ParseResult parsed = Create(output, environment).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (ParseError error in parsed.Errors)
                await output.Error.WriteLineAsync(error.Message);
            await output.Error.WriteLineAsync("Run with --help to see commands and options.");
            return ExitCodes.Usage;
        }

        try
        {
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output.Text, Error = output.Error };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            output.EndProgress();
            await output.Error.WriteLineAsync("Cancelled.");
            return ExitCodes.Cancelled;
        }
        catch (Exception e)
        {
            output.EndProgress();
            await output.Error.WriteLineAsync(Explain(e));
            return ExitCodes.Usage;
        }
    }

    private static RootCommand Create(ToolOutput output, Func<string, string?> environment)
    {
        var factory = new CommandFactory(output, environment);
        var checkpoints = new Command("checkpoints", "What a store holds: listed, shown, verified, compared, copied, collected.")
        {
            ListCommand.Create(factory),
            ShowCommand.Create(factory),
            VerifyCommand.Create(factory),
            DiffCommand.Create(factory),
            ExportCommand.Create(factory),
            RollbackCommand.Create(factory),
            CopyCommand.Create(factory),
            CollectCommand.Create(factory),
        };
        var state = new Command("state", "The state of operators, read from a checkpoint or savepoint without the job's types.")
        {
            QueryCommand.Create(factory),
            DumpCommand.Create(factory),
        };
        return new RootCommand("Looks into the checkpoints of Gristmill jobs, running or not. Exit codes: 0 fine, 1 something is damaged, 2 the question can't be answered.")
        {
            checkpoints,
            state,
            HistoryCommand.Create(factory),
        };
    }

    private static string Explain(Exception e) => e switch
    {
        CorruptCheckpointException => $"{e.Message} 'gristmill checkpoints verify --all' tells which checkpoints are whole; choose one of them with --checkpoint.",
        UsageException or CheckpointStoreException or UnsupportedFormatException or CorruptDataException => e.Message,
        IOException => $"The answer could not be written: {e.Message}",

        // A fault of the tool; its stack is what whoever mends it needs.
        _ => e.ToString(),
    };
}
