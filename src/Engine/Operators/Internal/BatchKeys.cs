namespace Gristmill.Operators;

/// <summary>The keys of a batch's records and their hashes: as the exchange has found them, else as the user's function says.</summary>
/// <param name="extractor">Calls the user's function.</param>
/// <param name="most">Records asked about at once, at most.</param>
internal sealed class BatchKeys<T, TKey>(KeyExtractor<T, TKey> extractor, int most)
{
    private readonly TKey[] _keys = new TKey[most];
    private readonly ulong[] _hashes = new ulong[most];

    /// <summary>Those of <paramref name="count"/> records from one on; they hold until the next call.</summary>
    public void Read(Batch<T> batch, int from, int count, out ReadOnlySpan<TKey> keys, out ReadOnlySpan<ulong> hashes)
    {
        if (batch.Keys is KeyColumn<TKey> column)
        {
            keys = column.Keys.AsSpan(from, count);
            if (column.Hashes is { } found)
            {
                hashes = found.AsSpan(from, count);
                return;
            }

            KeyExtractor<T, TKey>.Hash(keys, _hashes);
        }
        else
        {
            extractor.Extract(batch.Items.AsSpan(from, count), _keys, _hashes);
            keys = _keys.AsSpan(0, count);
        }

        hashes = _hashes.AsSpan(0, count);
    }
}
