using Gristmill.Codec;

namespace Gristmill.Operators;

/// <summary>The keys of a batch's records and their hashes: as the exchange has found them, else as the user's function says.</summary>
/// <param name="extractor">Calls the user's function.</param>
/// <param name="consumer">Whose keys they are, for errors.</param>
/// <param name="most">Records asked about at once, at most.</param>
internal sealed class BatchKeys<T, TKey>(KeyExtractor<T, TKey> extractor, string consumer, int most)
{
    private readonly TKey[] _keys = new TKey[most];
    private readonly ulong[] _hashes = new ulong[most];

    /// <summary>Those of <paramref name="count"/> records from one on; they hold until the next call.</summary>
    public void Read(Batch<T> batch, int from, int count, out ReadOnlySpan<TKey> keys, out ReadOnlySpan<ulong> hashes)
    {
        if (batch.Keys is KeyColumn<TKey> column)
        {
            if (from == 0)
                Check(batch, column);
            keys = column.Keys.AsSpan(from, count);
            hashes = column.Hashes.AsSpan(from, count);
            return;
        }

        extractor.Extract(batch.Items.AsSpan(from, count), _keys, _hashes);
        keys = _keys.AsSpan(0, count);
        hashes = _hashes.AsSpan(0, count);
    }

    /// <summary>
    /// Asks about one record of a batch again. A function that does not always say the same would go unnoticed here, and
    /// lose or double records where it is asked anew: between silos, and after a restore of records in flight.
    /// </summary>
    /// <exception cref="InvalidOperationException">It says another key.</exception>
    private void Check(Batch<T> batch, KeyColumn<TKey> column)
    {
        extractor.Extract(batch.Items.AsSpan(0, 1), _keys, _hashes);
        bool same = KeyTraits<TKey>.Equals(in _keys[0], in column.Keys[0]);
        if (!same || column.Hashes[0] != _hashes[0])
        {
            // The same object, written to, equals itself.
            string was = same ? "another" : $"{column.Keys[0]}";
            throw new InvalidOperationException(
                $"The key of a record to '{consumer}' was {was} when it was sent and is {_keys[0]} now. "
                + "What KeyBy is given must say the same for a record each time, and neither the record nor the key may change once it is emitted.");
        }
    }
}
