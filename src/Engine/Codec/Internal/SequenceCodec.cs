namespace Gristmill.Codec.Internal;

/// <summary>A count (0 for null, else n + 1), then the items one after the other: the same bytes for every kind of collection.</summary>
internal abstract class SequenceCodec<TCollection, T>(Schema schema, Codec<T> element) : Codec<TCollection>
{
    private readonly long _minimumSize = element.Schema.MinimumSize;

    public sealed override Schema Schema => schema;

    protected Codec<T> Element => element;

    protected static void WriteNull(ByteWriter writer) => writer.WriteByte(0);

    protected static void WriteCount(ByteWriter writer, int count) => writer.WriteVarUInt((ulong)count + 1);

    protected void WriteSpan(ByteWriter writer, ReadOnlySpan<T> items)
    {
        WriteCount(writer, items.Length);
        element.WriteMany(writer, items);
    }

    protected void WriteEach(ByteWriter writer, int count, IEnumerable<T> items)
    {
        WriteCount(writer, count);
        foreach (var item in items)
            element.Write(writer, in item);
    }

    /// <summary>Reads a count that the bytes left can hold, before anything is allocated for it; false for null.</summary>
    protected bool TryReadCount(ref ByteReader reader, out int count) => SchemaValues.TryReadCount(ref reader, _minimumSize, out count);

    /// <summary>Reads the items; null for null.</summary>
    protected T[]? ReadItems(ref ByteReader reader)
    {
        if (!TryReadCount(ref reader, out var count))
            return null;
        var items = count == 0 ? [] : GC.AllocateUninitializedArray<T>(count);
        element.ReadMany(ref reader, items);
        return items;
    }
}
