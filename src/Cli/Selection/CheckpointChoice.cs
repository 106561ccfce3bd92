using System.CommandLine;
using System.Globalization;
using Gristmill.Checkpoints;

namespace Gristmill.Cli.Selection;

/// <summary>The options that choose a checkpoint or savepoint.</summary>
internal sealed class CheckpointChoice
{
    private const string Newest = "newest";

    private readonly Option<string?> _checkpoint = new("--checkpoint")
    {
        Description = "A committed checkpoint's number, or 'newest', which is the default.",
        HelpName = "N",
    };

    private readonly Option<string?> _savepoint = new("--savepoint")
    {
        Description = "A savepoint's name, instead of a checkpoint.",
        HelpName = "NAME",
    };

    /// <summary>The options, to be added to a command.</summary>
    public IReadOnlyList<Symbol> All => [_checkpoint, _savepoint];

    /// <summary>Whether one was chosen, rather than left to the default.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_checkpoint) is not null || parsed.GetValue(_savepoint) is not null;

    /// <summary>Opens what was chosen.</summary>
    /// <exception cref="UsageException">There is no such job, checkpoint or savepoint.</exception>
    public async Task<Selected> OpenAsync(Request request, ParseResult parsed, CancellationToken cancellationToken)
    {
        string job = await JobChoice.FindAsync(request, cancellationToken);
        string? checkpoint = parsed.GetValue(_checkpoint);
        string? savepoint = parsed.GetValue(_savepoint);
        if (savepoint is null)
            return await OpenCheckpointAsync(request.Store, job, "--checkpoint", checkpoint ?? Newest, cancellationToken);
        return checkpoint is null
            ? await Savepoints.OpenAsync(request.Store, job, "--savepoint", savepoint, cancellationToken)
            : throw new UsageException($"--checkpoint is '{checkpoint}' and --savepoint '{savepoint}'; give one of the two.");
    }

    /// <summary>Opens a committed checkpoint by its number, or the newest.</summary>
    /// <exception cref="UsageException">There is no such checkpoint.</exception>
    public static async Task<Selected> OpenCheckpointAsync(ICheckpointStore store, string job, string option, string value, CancellationToken cancellationToken)
    {
        ManifestReference reference = await FindAsync(store, job, option, value, cancellationToken);
        return new Selected(job, await ManifestFile.ReadAsync(store, reference, cancellationToken), reference, null);
    }

    /// <summary>Finds a committed checkpoint without reading its manifest.</summary>
    /// <exception cref="UsageException">There is no such checkpoint.</exception>
    public static async Task<ManifestReference> FindAsync(ICheckpointStore store, string job, string option, string value, CancellationToken cancellationToken)
    {
        List<ManifestReference> committed = await CommittedAsync(store, job, cancellationToken);
        if (committed.Count == 0)
            throw new UsageException($"{option} is '{value}', and job '{job}' has no complete checkpoint; wait for its first, or name a savepoint.");
        if (value == Newest)
            return committed[0];
        ManifestReference? found = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? committed.Find(reference => reference.Checkpoint == number)
            : null;
        return found ?? throw new UsageException(
            $"{option} is '{value}', and job '{job}' has no such checkpoint; name one of {string.Join(", ", committed.Select(one => one.Checkpoint))}, or '{Newest}'.");
    }

    /// <summary>The same, as the options say; the newest where they say nothing.</summary>
    public Task<ManifestReference> FindAsync(ICheckpointStore store, string job, ParseResult parsed, CancellationToken cancellationToken)
        => FindAsync(store, job, "--checkpoint", parsed.GetValue(_checkpoint) ?? Newest, cancellationToken);

    /// <summary>The savepoint that was chosen; null if none was.</summary>
    public string? SavepointOf(ParseResult parsed) => parsed.GetValue(_savepoint);

    /// <summary>The committed checkpoints of a job, newest first.</summary>
    public static async Task<List<ManifestReference>> CommittedAsync(ICheckpointStore store, string job, CancellationToken cancellationToken)
        => await HeadContent.ReadAsync(store, job, cancellationToken) is { } head ? [.. head.Committed()] : [];
}
