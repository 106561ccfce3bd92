using System.Text.Json.Serialization;

namespace Gristmill.Checkpoints;

/// <summary>A manifest as a head names it.</summary>
/// <param name="Checkpoint">The checkpoint's number.</param>
/// <param name="Generation">The generation that took it.</param>
/// <param name="Manifest">The manifest's object name.</param>
/// <param name="Hash">SHA-256 of the manifest's bytes, lower-case hex.</param>
public sealed record ManifestReference(long Checkpoint, long Generation, string Manifest, string Hash)
{
    /// <summary>When the head first named it, by the clock of who committed it; null where a version wrote the head that did not note it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? CommittedAt { get; init; }

    /// <summary>Whether both name the same bytes, whatever they say of the time.</summary>
    internal bool IsOfSame(ManifestReference? other) => other is not null && Manifest == other.Manifest && Hash == other.Hash;
}
