using Gristmill.Codec;
using Gristmill.GrainInterfaces;
using Gristmill.Runtime;

namespace Gristmill.Grains;

/// <summary>Where messages from another silo come in.</summary>
internal interface IRemoteInput
{
    Task<Delivery> TakeAsync(long sequence, byte[] payload);
}

/// <summary>The receiving end of a channel from another silo. Runs in its grain's turns.</summary>
internal sealed class RemoteInput<T>(Wiring wiring) : InputChannel<T>, IRemoteInput
{
    /// <summary>Above this, senders wait: that is the channel's credit.</summary>
    private const int MostQueued = 1 << 20;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly Queue<byte[]> _queue = [];
    private readonly Codec<T> _codec = Codecs.For<T>();
    private readonly Stack<Batch<T>> _empty = [];
    private TaskCompletionSource? _room;
    private int _position;
    private int _queued;
    private long _taken;
    private bool _closed;

    public async Task<Delivery> TakeAsync(long sequence, byte[] payload)
    {
        while (!_closed && sequence > _taken && _queued >= MostQueued)
        {
            if (!await RoomAsync())
                return Delivery.NoRoom;
        }

        if (_closed)
            return Delivery.Gone;
        if (sequence <= _taken)
            return Delivery.Taken;
        if (sequence != _taken + 1)
            throw new InvalidOperationException($"Messages {sequence} came after {_taken}; a sender makes one call at a time.");
        _taken = sequence;
        _queued += payload.Length;
        _queue.Enqueue(payload);
        wiring.Waker.Wake();
        return Delivery.Taken;
    }

    public override MessageKind TryReceive(out Batch<T>? batch, out long value)
    {
        batch = null;
        value = 0;
        if (!_queue.TryPeek(out byte[]? payload))
            return MessageKind.None;
        var reader = new ByteReader(payload.AsSpan(_position));
        MessageKind kind = ChannelFrames.ReadKind(ref reader);
        if (kind == MessageKind.Batch)
            ChannelFrames.Read(ref reader, batch = Rent(), _codec);
        else
            value = ChannelFrames.ReadValue(ref reader);
        _position += reader.Position;
        if (_position == payload.Length)
            Consumed(payload);
        return kind;
    }

    public override void Return(Batch<T> batch)
    {
        batch.Reset();
        _empty.Push(batch);
    }

    public void Close()
    {
        _closed = true;
        _room?.TrySetResult();
    }

    private Batch<T> Rent() => _empty.TryPop(out Batch<T>? batch) ? batch : new Batch<T>(wiring.Options.BatchSize);

    private void Consumed(byte[] payload)
    {
        _queue.Dequeue();
        _position = 0;
        _queued -= payload.Length;
        if (_queued < MostQueued)
        {
            _room?.TrySetResult();
            _room = null;
        }
    }

    private async Task<bool> RoomAsync()
    {
        _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _room.Task.WaitAsync(LongestWait, wiring.Time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
