namespace Gristmill.Codec.Internal;

/// <summary>A count (0 for null, else n + 1), then keys and values by turns.</summary>
internal abstract class MapCodec<TMap, TKey, TValue>(Schema schema, Codec<TKey> key, Codec<TValue> value) : Codec<TMap?>
    where TMap : class, IDictionary<TKey, TValue>
    where TKey : notnull
{
    // Of both: each is one byte at least, so this bounds the count well enough and can't overflow.
    private readonly long _minimumSize = Math.Max(key.Schema.MinimumSize, value.Schema.MinimumSize);

    public sealed override Schema Schema => schema;

    public override TMap? Read(ref ByteReader reader)
    {
        if (!SchemaValues.TryReadCount(ref reader, _minimumSize, out var count))
            return null;
        // It grows by itself; see SequenceCodec.Room.
        var map = Make(Math.Min(count, Limits.FirstItems));
        for (var i = 0; i < count; i++)
        {
            var k = key.Read(ref reader);
            if (k is null)
                reader.Fail("a key", "null");
            if (!map.TryAdd(k, value.Read(ref reader)))
                reader.Fail("keys that differ", $"{k} twice");
        }
        return map;
    }

    protected abstract TMap Make(int count);

    protected static void WriteCount(ByteWriter writer, TMap? map) => writer.WriteVarUInt(map is null ? 0 : (ulong)map.Count + 1);

    protected void WritePair(ByteWriter writer, KeyValuePair<TKey, TValue> pair)
    {
        var (k, v) = pair;
        key.Write(writer, in k);
        value.Write(writer, in v);
    }
}

internal sealed class DictionaryCodec<TKey, TValue>(Schema schema, Codec<TKey> key, Codec<TValue> value)
    : MapCodec<Dictionary<TKey, TValue>, TKey, TValue>(schema, key, value)
    where TKey : notnull
{
    public override void Write(ByteWriter writer, in Dictionary<TKey, TValue>? value)
    {
        WriteCount(writer, value);
        if (value is null)
            return;
        Comparers.Check(value.Comparer, value.GetType());
        foreach (var pair in value)
            WritePair(writer, pair);
    }

    protected override Dictionary<TKey, TValue> Make(int count) => new(count);
}

internal sealed class SortedDictionaryCodec<TKey, TValue>(Schema schema, Codec<TKey> key, Codec<TValue> value)
    : MapCodec<SortedDictionary<TKey, TValue>, TKey, TValue>(schema, key, value)
    where TKey : notnull
{
    public override void Write(ByteWriter writer, in SortedDictionary<TKey, TValue>? value)
    {
        WriteCount(writer, value);
        if (value is null)
            return;
        Comparers.Check(value.Comparer, value.GetType());
        foreach (var pair in value)
            WritePair(writer, pair);
    }

    protected override SortedDictionary<TKey, TValue> Make(int count) => [];
}
