namespace Gristmill;

/// <summary>
/// The keys of a batch's records and their hashes, columns beside them. Inside a process an exchange sends along what it
/// had to find anyway, so that the user's key function is called a second time for one record a batch only, as a check.
/// Batches go back to the exchange they came from, which fills the columns always or never; one from another process or a
/// checkpoint has none.
/// </summary>
internal abstract class KeyColumn;

internal sealed class KeyColumn<TKey>(int capacity) : KeyColumn
{
    public TKey[] Keys { get; } = new TKey[capacity];

    /// <summary>The keys' hashes.</summary>
    public ulong[] Hashes { get; } = new ulong[capacity];
}
