using System.Runtime.InteropServices;

namespace Gristmill.Runtime;

/// <summary>
/// A channel inside a process: a bounded single-producer single-consumer ring of messages, and one of empty batches
/// back (Lamport, "Proving the Correctness of Multiprocess Programs", 1977). One thread at a time may be on each end.
/// </summary>
internal sealed class LocalChannel<T>
{
    private readonly Message[] _ring;
    private readonly Batch<T>?[] _empty;
    private readonly int _batchCapacity;
    private readonly IWaker _waker;
    private readonly Func<bool>? _isDelayed;

    // What found no room. The sender adds and moves along under its lock, since the receiver may look ahead into it;
    // only the sender changes it, so it reads without. What is before _moved is in the ring already.
    private readonly List<Message> _overflow = [];
    private readonly Lock _overflowLock = new();
    private int _moved;
    private volatile BarrierAnnouncements? _announcements;
    private ChannelCounters _counters;

    /// <param name="capacity">Messages the ring holds; a power of two.</param>
    /// <param name="batchCapacity">Records a batch holds.</param>
    /// <param name="waker">Told when a side may have become able to go on.</param>
    /// <param name="isDelayed">For the simulation: whether what is there is not to be seen yet.</param>
    public LocalChannel(int capacity, int batchCapacity, IWaker waker, Func<bool>? isDelayed = null)
    {
        _ring = new Message[capacity];
        _empty = new Batch<T>?[capacity];
        _batchCapacity = batchCapacity;
        _waker = waker;
        _isDelayed = isDelayed;
        Output = new Sender(this);
        Input = new Receiver(this);
    }

    public OutputChannel<T> Output { get; }

    public InputChannel<T> Input { get; }

    private bool TryEnqueue(in Message message)
    {
        long tail = _counters.Tail;
        if (tail - Volatile.Read(ref _counters.Head) == _ring.Length)
            return false;
        _ring[tail & (_ring.Length - 1)] = message;
        Volatile.Write(ref _counters.Tail, tail + 1);
        return true;
    }

    private void Send(in Message message)
    {
        if (_overflow.Count == 0 && TryEnqueue(in message))
            return;
        lock (_overflowLock)
            _overflow.Add(message);
    }

    private bool Drain()
    {
        if (_overflow.Count != 0 && !DrainOverflow())
            return false;
        return _counters.Tail - Volatile.Read(ref _counters.Head) < _ring.Length;
    }

    private bool DrainOverflow()
    {
        bool moved = false;
        lock (_overflowLock)
        {
            while (_moved < _overflow.Count && TryEnqueue(CollectionsMarshal.AsSpan(_overflow)[_moved]))
            {
                _moved++;
                moved = true;
            }

            if (_moved == _overflow.Count)
            {
                _overflow.Clear();
                _moved = 0;
            }
        }

        if (moved)
            _waker.Wake();
        return _overflow.Count == 0;
    }

    private MessageKind TryLookAhead(int ahead, out Batch<T>? batch, out long value)
    {
        batch = null;
        value = 0;
        if (_isDelayed is not null && _isDelayed())
            return MessageKind.None;
        long at = _counters.Head + ahead;
        if (at < Volatile.Read(ref _counters.Tail))
            return Show(in _ring[at & (_ring.Length - 1)], out batch, out value);

        // The tail is read again: the sender may just have moved into the ring what was looked for.
        lock (_overflowLock)
        {
            long tail = Volatile.Read(ref _counters.Tail);
            if (at < tail)
                return Show(in _ring[at & (_ring.Length - 1)], out batch, out value);
            long index = _moved + at - tail;
            return index < _overflow.Count ? Show(in CollectionsMarshal.AsSpan(_overflow)[(int)index], out batch, out value) : MessageKind.None;
        }
    }

    private static MessageKind Show(in Message message, out Batch<T>? batch, out long value)
    {
        batch = message.Batch;
        value = message.Value;
        return message.Kind;
    }

    private MessageKind TryReceive(out Batch<T>? batch, out long value)
    {
        batch = null;
        value = 0;
        long head = _counters.Head;
        if (head == Volatile.Read(ref _counters.Tail) || (_isDelayed is not null && _isDelayed()))
            return MessageKind.None;
        ref Message message = ref _ring[head & (_ring.Length - 1)];
        batch = message.Batch;
        value = message.Value;
        MessageKind kind = message.Kind;
        message = default;
        Volatile.Write(ref _counters.Head, head + 1);

        // A producer that waits for room is woken when half of it is there again, not for every message.
        if (Volatile.Read(ref _counters.Tail) - head == _ring.Length / 2 + 1)
            _waker.Wake();
        return kind;
    }

    private Batch<T> Rent()
    {
        long head = _counters.EmptyHead;
        if (head == Volatile.Read(ref _counters.EmptyTail))
            return new Batch<T>(_batchCapacity);
        ref Batch<T>? slot = ref _empty[head & (_empty.Length - 1)];
        Batch<T> batch = slot!;
        slot = null;
        Volatile.Write(ref _counters.EmptyHead, head + 1);
        return batch;
    }

    private void Return(Batch<T> batch)
    {
        batch.Reset();
        long tail = _counters.EmptyTail;
        if (tail - Volatile.Read(ref _counters.EmptyHead) == _empty.Length)
            return;
        _empty[tail & (_empty.Length - 1)] = batch;
        Volatile.Write(ref _counters.EmptyTail, tail + 1);
    }

    private struct Message
    {
        public Batch<T>? Batch;
        public MessageKind Kind;
        public long Value;
    }

    private sealed class Sender(LocalChannel<T> channel) : OutputChannel<T>
    {
        public override bool TryMakeRoom() => channel.Drain();

        public override Batch<T> Rent() => channel.Rent();

        public override void Send(Batch<T> batch)
        {
            channel.Send(new Message { Batch = batch, Kind = MessageKind.Batch });
            channel._waker.Wake();
        }

        public override void Send(MessageKind kind, long value) => channel.Send(new Message { Kind = kind, Value = value });

        public override void SendBarrier(long checkpoint, long? sinceMs)
        {
            // First: whoever meets the barrier must know whether it may overtake.
            if (sinceMs is { } since)
                channel._announcements?.Add(new BarrierAnnouncement(checkpoint, since));
            Send(MessageKind.Barrier, checkpoint);
        }

        public override void Push() => channel._waker.Wake();
    }

    private sealed class Receiver(LocalChannel<T> channel) : InputChannel<T>
    {
        public override MessageKind TryReceive(out Batch<T>? batch, out long value) => channel.TryReceive(out batch, out value);

        public override void Return(Batch<T> batch) => channel.Return(batch);

        public override bool CanLookAhead => true;

        public override void Announce(BarrierAnnouncements to) => channel._announcements = to;

        public override MessageKind TryLookAhead(int ahead, out Batch<T>? batch, out long value) => channel.TryLookAhead(ahead, out batch, out value);
    }
}

/// <summary>
/// Each counter on a cache line pair of its own: the two sides write different ones. Outside the channel, because a type
/// inside a generic one can't have a layout of its own.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 640)]
internal struct ChannelCounters
{
    [FieldOffset(128)]
    public long Head;

    [FieldOffset(256)]
    public long Tail;

    [FieldOffset(384)]
    public long EmptyHead;

    [FieldOffset(512)]
    public long EmptyTail;
}

/// <summary>Tells a host that some subtask may be able to go on. Cheap where nobody sleeps; any thread may call it.</summary>
internal interface IWaker
{
    void Wake();
}
