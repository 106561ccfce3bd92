namespace Gristmill.Files.Internal;

/// <summary>Counts the bytes of a subtask that are encoded but not on the disk, over all its files.</summary>
internal sealed class Unwritten(long limit, SinkContext context)
{
    private long _bytes;

    public bool HasRoom => Volatile.Read(ref _bytes) < limit;

    public void Add(int bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Remove(int bytes)
    {
        long left = Interlocked.Add(ref _bytes, -bytes);
        // Whoever crosses the limit wakes: the subtask saw no room before and is not asking again by itself.
        if (left < limit && left + bytes >= limit)
            context.Wake();
    }
}
