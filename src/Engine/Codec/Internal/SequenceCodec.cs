namespace Gristmill.Codec.Internal;

/// <summary>A count (0 for null, else n + 1), then the items one after the other: the same bytes for every kind of collection.</summary>
internal abstract class SequenceCodec<TCollection, T>(Schema schema, Codec<T> element) : Codec<TCollection>
{
    private readonly long _minimumSize = element.Schema.MinimumSize;
    private readonly bool _isFlat = element.FixedSize is not null;

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
        var room = Room(count);
        var items = room == 0 ? [] : GC.AllocateUninitializedArray<T>(room);
        element.ReadMany(ref reader, items);
        while (items.Length < count)
        {
            var read = items.Length;
            Array.Resize(ref items, Grown(read, count));
            element.ReadMany(ref reader, items.AsSpan(read));
        }
        return items;
    }

    /// <summary>For how many items room is made at first. Items within items must not each take room on their count's word, or damaged bytes could take as much at each level.</summary>
    protected int Room(int count) => _isFlat ? count : Math.Min(count, Limits.FirstItems);

    /// <summary>For how many there is room when so many have been read.</summary>
    protected static int Grown(int read, int count) => (int)Math.Min(count, 2L * read);
}
