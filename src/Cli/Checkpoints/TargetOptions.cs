using System.CommandLine;
using Gristmill.Checkpoints;

namespace Gristmill.Cli.Checkpoints;

/// <summary>The options that name a store to write to.</summary>
internal sealed class TargetOptions(CommandFactory factory, string description)
{
    private readonly Option<string> _to = new("--to") { Description = description, HelpName = "STORE", Required = true };

    private readonly Option<string?> _connectionString = new("--to-connection-string")
    {
        Description = "How to reach the target, where it is another than --connection-string says.",
        HelpName = "TEXT",
    };

    /// <summary>The options, to be added to a command.</summary>
    public IReadOnlyList<Symbol> All => [_to, _connectionString];

    /// <summary>Opens the target.</summary>
    /// <exception cref="UsageException">The address is none.</exception>
    public ICheckpointStore Open(ParseResult parsed) => factory.OpenTarget(
        "--to", parsed.GetRequiredValue(_to), parsed.GetValue(_connectionString) ?? parsed.GetValue<string?>("--connection-string"));
}
