using Gristmill.Codec;
using Gristmill.GrainInterfaces;
using Gristmill.Runtime;

namespace Gristmill.Grains;

/// <summary>Where messages from another silo come in.</summary>
internal interface IRemoteInput
{
    Task<Delivery> TakeAsync(long sequence, byte[] payload);

    Delivery Announced(BarrierNotice notice);
}

/// <summary>
/// The receiving end of a channel from another silo. Who looks ahead for a barrier that overtakes lets in what is in front
/// of it, room or not. Runs in its grain's turns.
/// </summary>
internal sealed class RemoteInput<T>(Wiring wiring) : InputChannel<T>, IRemoteInput
{
    /// <summary>Above this, senders wait: that is the channel's credit.</summary>
    private const int MostQueued = 1 << 20;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly Queue<byte[]> _queue = [];
    private readonly Codec<T> _codec = Codecs.For<T>();
    private readonly Stack<Batch<T>> _empty = [];

    // What was looked at and is still to be taken, from _next on.
    private readonly List<Shown> _shown = [];
    private BarrierAnnouncements? _announcements;
    private TaskCompletionSource _change = NewChange();
    private int _next;
    private int _position;
    private int _queued;
    private long _taken;
    private long _announced;
    private long _letIn;
    private bool _closed;

    public override bool CanLookAhead => true;

    private bool HasRoom => _queued < MostQueued;

    private int ShownCount => _shown.Count - _next;

    public async Task<Delivery> TakeAsync(long sequence, byte[] payload)
    {
        long started = wiring.Time.GetTimestamp();
        while (!_closed && MustWait(sequence, payload))
        {
            if (!await ChangeAsync(LongestWait - wiring.Time.GetElapsedTime(started)))
                return Delivery.NoRoom;
        }

        if (_closed)
            return Delivery.Gone;
        Delivery answer = HasRoom ? Delivery.Taken : Delivery.TakenBeyondRoom;

        // Nothing but a question, which ends without an answer where something is let in that the sender still has.
        if (payload.Length == 0)
            return HasRoom ? answer : Delivery.NoRoom;
        if (sequence <= _taken)
            return answer;
        if (sequence != _taken + 1)
            throw new InvalidOperationException($"Messages {sequence} came after {_taken}; a sender makes one call at a time.");
        _taken = sequence;
        _queued += payload.Length;
        _queue.Enqueue(payload);
        wiring.Waker.Wake();
        return answer;
    }

    public Delivery Announced(BarrierNotice notice)
    {
        if (_closed)
            return Delivery.Gone;
        _announced = Math.Max(_announced, notice.Sequence);
        _announcements?.Add(new BarrierAnnouncement(notice.Checkpoint, notice.SinceMs));
        wiring.Waker.Wake();
        return Delivery.Taken;
    }

    public override void Announce(BarrierAnnouncements to) => _announcements = to;

    public override MessageKind TryReceive(out Batch<T>? batch, out long value)
    {
        if (!TryShow(0, out Shown message))
        {
            batch = null;
            value = 0;
            return MessageKind.None;
        }

        if (++_next == _shown.Count)
        {
            _shown.Clear();
            _next = 0;
        }
        else if (_next >= 1024)
        {
            _shown.RemoveRange(0, _next);
            _next = 0;
        }

        Free(message.Bytes);
        (batch, value) = (message.Batch, message.Value);
        return message.Kind;
    }

    public override MessageKind TryLookAhead(int ahead, out Batch<T>? batch, out long value)
    {
        bool isThere = TryShow(ahead, out Shown message);
        if (!isThere)
            LetIn();
        (batch, value) = (message.Batch, message.Value);
        return isThere ? message.Kind : MessageKind.None;
    }

    public override void Return(Batch<T> batch)
    {
        batch.Reset();
        if (_empty.Count < wiring.Options.ChannelCapacity)
            _empty.Push(batch);
    }

    public void Close()
    {
        _closed = true;
        Changed();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool MustWait(long sequence, byte[] payload)
    {
        if (HasRoom)
            return false;
        return payload.Length == 0 ? sequence >= _letIn : sequence > _taken && sequence > _letIn;
    }

    /// <summary>All that is in front of the newest barrier that was announced.</summary>
    private void LetIn()
    {
        if (_letIn >= _announced)
            return;
        _letIn = _announced;
        Changed();
    }

    private bool TryShow(int ahead, out Shown message)
    {
        while (ShownCount <= ahead)
        {
            if (!_queue.TryPeek(out byte[]? payload))
            {
                message = default;
                return false;
            }

            _shown.Add(Decode(payload));
        }

        message = _shown[_next + ahead];
        return true;
    }

    private Shown Decode(byte[] payload)
    {
        var reader = new ByteReader(payload.AsSpan(_position));
        MessageKind kind = ChannelFrames.ReadKind(ref reader);
        Batch<T>? batch = null;
        long value = 0;
        if (kind == MessageKind.Batch)
            ChannelFrames.Read(ref reader, batch = Rent(), _codec);
        else
            value = ChannelFrames.ReadValue(ref reader);

        // The notice may be later than the barrier, or lost.
        if (kind == MessageKind.Barrier && ChannelFrames.ReadSince(ref reader) is { } sinceMs)
            _announcements?.Add(new BarrierAnnouncement(value, sinceMs));
        _position += reader.Position;
        if (_position != payload.Length)
            return new Shown(kind, batch, value, Bytes: 0);
        _queue.Dequeue();
        _position = 0;
        return new Shown(kind, batch, value, payload.Length);
    }

    private Batch<T> Rent() => _empty.TryPop(out Batch<T>? batch) ? batch : new Batch<T>(wiring.Options.BatchSize);

    /// <summary>Messages take up room until the last of a call has been taken, whoever looked at them.</summary>
    private void Free(int bytes)
    {
        bool hadRoom = HasRoom;
        _queued -= bytes;
        if (HasRoom && !hadRoom)
            Changed();
    }

    private void Changed()
    {
        TaskCompletionSource change = _change;
        _change = NewChange();
        change.TrySetResult();
    }

    private async Task<bool> ChangeAsync(TimeSpan within)
    {
        if (within <= TimeSpan.Zero)
            return false;
        try
        {
            await _change.Task.WaitAsync(within, wiring.Time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <param name="Kind">What it is.</param>
    /// <param name="Batch">The batch, if it is one.</param>
    /// <param name="Value">Its value.</param>
    /// <param name="Bytes">The room that is free once it is taken.</param>
    private readonly record struct Shown(MessageKind Kind, Batch<T>? Batch, long Value, int Bytes);
}
