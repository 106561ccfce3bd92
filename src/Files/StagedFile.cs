namespace Gristmill.Files;

/// <summary>A file with one subtask's records of one epoch, not yet published. Names are relative to the sink's directory.</summary>
/// <param name="Staged">Its name until the checkpoint is complete.</param>
/// <param name="Extension">The end of its name once published, as <c>.csv</c> or <c>.csv.gz</c>.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Records">Its records.</param>
public readonly record struct StagedFile(string Staged, string Extension, long Length, long Records);
