using Gristmill.Checkpoints;

namespace Gristmill.Cli.Selection;

/// <summary>The checkpoint or savepoint a command is about.</summary>
/// <param name="Job">Its job.</param>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Reference">What names the manifest.</param>
/// <param name="Savepoint">The savepoint's name; null if it is a checkpoint.</param>
internal sealed record Selected(string Job, Manifest Manifest, ManifestReference Reference, string? Savepoint)
{
    /// <summary>What it is called in messages.</summary>
    public string Title => Savepoint is null
        ? $"checkpoint {Manifest.Checkpoint} of job '{Job}'"
        : $"savepoint '{Savepoint}' of job '{Job}' (checkpoint {Manifest.Checkpoint})";
}
