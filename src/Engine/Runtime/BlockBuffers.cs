using System.Collections.Concurrent;
using Gristmill.Codec;

namespace Gristmill.Runtime;

/// <summary>Buffers of a block's size, kept from checkpoint to checkpoint: new ones every second would be work for the collector.</summary>
internal sealed class BlockBuffers
{
    /// <summary>A block is cut at the first key group that ends above this: small enough that hashing and writing one is a matter of a millisecond.</summary>
    public const int BlockBytes = 1 << 20;

    private const int MostKept = 64;
    private const int Capacity = BlockBytes + (BlockBytes / 4);

    private readonly ConcurrentBag<ByteWriter> _free = [];

    public ByteWriter Rent() => _free.TryTake(out ByteWriter? buffer) ? buffer : new ByteWriter(Capacity);

    public void Return(ByteWriter buffer)
    {
        if (buffer.Length < BlockBytes || buffer.Length > Capacity || _free.Count >= MostKept)
            return;
        buffer.Clear();
        _free.Add(buffer);
    }
}
