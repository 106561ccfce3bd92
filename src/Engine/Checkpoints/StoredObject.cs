namespace Gristmill.Checkpoints;

/// <summary>An object as a listing shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Modified">When it became visible, by the store's clock.</param>
public readonly record struct StoredObject(string Name, long Length, DateTimeOffset Modified);
