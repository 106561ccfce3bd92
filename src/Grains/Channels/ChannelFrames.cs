using Gristmill.Codec;
using Gristmill.Runtime;

namespace Gristmill.Grains;

/// <summary>
/// Messages as they travel: kind, then for a batch what <see cref="BatchFormat"/> says, for anything else its value; a
/// barrier says besides since when it may overtake.
/// </summary>
internal static class ChannelFrames
{
    /// <summary>What a silo of this version reads and writes; both ends of a channel need the same.</summary>
    public const int Version = 2;

    private const long OvertakesNothing = -1;

    public static void Write<T>(ByteWriter writer, Batch<T> batch, Codec<T> codec)
    {
        writer.WriteByte((byte)MessageKind.Batch);
        BatchFormat.Write(writer, batch, codec);
    }

    public static void Write(ByteWriter writer, MessageKind kind, long value)
    {
        writer.WriteByte((byte)kind);
        writer.WriteVarInt(value);
    }

    public static void WriteBarrier(ByteWriter writer, long checkpoint, long? sinceMs)
    {
        Write(writer, MessageKind.Barrier, checkpoint);
        writer.WriteVarInt(sinceMs ?? OvertakesNothing);
    }

    public static MessageKind ReadKind(ref ByteReader reader) => (MessageKind)reader.ReadByte();

    public static long ReadValue(ref ByteReader reader) => reader.ReadVarInt();

    /// <summary>Since when a barrier whose number has been read may overtake; null: it may not.</summary>
    public static long? ReadSince(ref ByteReader reader) => reader.ReadVarInt() is >= 0 and long sinceMs ? sinceMs : null;

    public static void Read<T>(ref ByteReader reader, Batch<T> batch, Codec<T> codec)
    {
        int count = reader.ReadCount();
        if (count > batch.Capacity)
            throw new CorruptDataException($"A batch of {count} records came, but batches hold {batch.Capacity} here; set the same BatchSize on all silos.");
        BatchFormat.Read(ref reader, batch, count, codec);
    }
}
