namespace Gristmill.Checkpoints;

/// <summary>A manifest as a head names it.</summary>
/// <param name="Checkpoint">The checkpoint's number.</param>
/// <param name="Generation">The generation that took it.</param>
/// <param name="Manifest">The manifest's object name.</param>
/// <param name="Hash">SHA-256 of the manifest's bytes, lower-case hex.</param>
public sealed record ManifestReference(long Checkpoint, long Generation, string Manifest, string Hash);
