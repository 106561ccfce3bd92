using Gristmill.Codec;

namespace Gristmill.Runtime;

/// <summary>A batch as bytes: the number of records, their times (the first whole, the others as differences), the records.</summary>
internal static class BatchFormat
{
    public static void Write<T>(ByteWriter writer, Batch<T> batch, Codec<T> codec)
    {
        writer.WriteVarUInt((ulong)batch.Filled);
        long before = 0;
        foreach (long time in batch.Timestamps)
        {
            writer.WriteVarInt(unchecked(time - before));
            before = time;
        }

        for (int i = 0; i < batch.Filled; i++)
            codec.Write(writer, in batch.Items[i]);
    }

    /// <summary>Reads what follows the number of records.</summary>
    /// <param name="reader">Stands behind the number.</param>
    /// <param name="batch">An empty one that has room for them.</param>
    /// <param name="count">The number.</param>
    /// <param name="codec">Reads a record.</param>
    public static void Read<T>(ref ByteReader reader, Batch<T> batch, int count, Codec<T> codec)
    {
        long[] timestamps = batch.TimestampsToWrite();
        long time = 0;
        for (int i = 0; i < count; i++)
            timestamps[i] = time = unchecked(time + reader.ReadVarInt());
        for (int i = 0; i < count; i++)
            batch.Items[i] = codec.Read(ref reader);
        batch.Filled = count;
    }
}
