using System.CommandLine;
using Gristmill.Checkpoints;
using Gristmill.Cli.Stores;

namespace Gristmill.Cli;

/// <summary>Makes commands that work on a store, with the options all of them have.</summary>
internal sealed class CommandFactory(ToolOutput output, Func<string, string?> environment)
{
    private readonly Option<string> _store = new("--store")
    {
        Description = $"The checkpoint store: {StoreAddress.Forms}.",
        HelpName = "STORE",
        Required = true,
    };

    private readonly Option<string?> _connectionString = new("--connection-string")
    {
        Description = $"How to reach the store, where a folder path is not enough. Others on the machine can see it: better is {StoreAddress.Variables}.",
        HelpName = "TEXT",
    };

    private readonly Option<string?> _job = new("--job")
    {
        Description = "The job. Default: the only one in the store.",
        HelpName = "NAME",
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Prints one JSON document and nothing else.",
    };

    /// <summary>Makes a command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it answers.</param>
    /// <param name="own">Its own arguments and options.</param>
    /// <param name="run">Carries it out and returns one of <see cref="ExitCodes"/>.</param>
    public Command Create(string name, string description, IReadOnlyList<Symbol> own, Func<Request, ParseResult, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description);
        foreach (Symbol symbol in own)
        {
            if (symbol is Argument argument)
                command.Arguments.Add(argument);
            else
                command.Options.Add((Option)symbol);
        }

        foreach (Option option in new Option[] { _store, _connectionString, _job, _json })
            command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ICheckpointStore store = StoreAddress.Parse("--store", parsed.GetRequiredValue(_store)).Open(Settings(parsed.GetValue(_connectionString), mustExist: true));
            return await run(new Request(output, store, parsed.GetValue(_job), parsed.GetValue(_json)), parsed, cancellationToken);
        });
        return command;
    }

    /// <summary>Opens another store, to write to.</summary>
    /// <exception cref="UsageException">The address is none.</exception>
    public ICheckpointStore OpenTarget(string option, string address, string? connectionString)
        => StoreAddress.Parse(option, address).Open(Settings(connectionString, mustExist: false));

    private StoreSettings Settings(string? connectionString, bool mustExist) => new(connectionString, environment, mustExist);
}

/// <summary>What every command is given.</summary>
/// <param name="Output">Where its answer goes.</param>
/// <param name="Store">The store.</param>
/// <param name="Job">The job that was named; null: none was.</param>
/// <param name="IsJson">Whether the answer is one JSON document.</param>
internal sealed record Request(ToolOutput Output, ICheckpointStore Store, string? Job, bool IsJson);
