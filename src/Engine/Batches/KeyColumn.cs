using System.Runtime.CompilerServices;
using Gristmill.Codec.Internal;

namespace Gristmill;

/// <summary>
/// The keys of a batch's records, a column beside them. Inside a process an exchange sends along what it had to find anyway,
/// so that the user's key function is not called for a record a second time. Batches go back to the exchange they came
/// from, which always fills the column; one that came otherwise, from another process or a checkpoint, has none.
/// </summary>
internal abstract class KeyColumn;

internal sealed class KeyColumn<TKey>(int capacity) : KeyColumn
{
    public TKey[] Keys { get; } = new TKey[capacity];

    /// <summary>The keys' hashes; null where a key is one value, whose hash is about as soon computed as read.</summary>
    public ulong[]? Hashes { get; } = HoldsHashes ? new ulong[capacity] : null;

    /// <summary>Whether hashes are worth their place: those of strings and of keys with several members.</summary>
    private static bool HoldsHashes => RuntimeHelpers.IsReferenceOrContainsReferences<TKey>() || !KeyHash.IsDirect<TKey>();
}
