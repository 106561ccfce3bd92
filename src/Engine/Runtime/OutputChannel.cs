namespace Gristmill.Runtime;

/// <summary>What travels on a channel besides batches of records.</summary>
internal enum MessageKind
{
    /// <summary>Nothing is there.</summary>
    None = 0,

    /// <summary>Records.</summary>
    Batch,

    /// <summary>No record with an earlier time is still to come; the value is the time.</summary>
    Watermark,

    /// <summary>The value 1 says that no records are expected for now, 0 that they are again.</summary>
    Idle,

    /// <summary>The value is the checkpoint's number.</summary>
    Barrier,

    /// <summary>No more records or watermarks; barriers go on.</summary>
    End,
}

/// <summary>The sending end of a channel between two subtasks. Order is kept.</summary>
internal abstract class OutputChannel<T>
{
    /// <summary>Moves along what was sent without room (at most one step's output is), and says whether there is room for more.</summary>
    public abstract bool TryMakeRoom();

    /// <summary>Whether keys beside the records come to the receiver with them, so that they are worth being filled in.</summary>
    public virtual bool TakesKeys => true;

    /// <summary>An empty batch to fill and send.</summary>
    public abstract Batch<T> Rent();

    /// <summary>Sends a batch; it belongs to the receiver from now on.</summary>
    public abstract void Send(Batch<T> batch);

    /// <summary>Sends a control message.</summary>
    public abstract void Send(MessageKind kind, long value);

    /// <summary>Sends a barrier, and announces it where the receiver can look ahead. Its place is behind what was sent before.</summary>
    /// <param name="checkpoint">The checkpoint's number.</param>
    /// <param name="sinceMs">When its first barrier set out, in milliseconds since 1970; null: it may overtake nothing.</param>
    public virtual void SendBarrier(long checkpoint, long? sinceMs) => Send(MessageKind.Barrier, checkpoint);

    /// <summary>Makes the receiver see what was sent, now rather than when convenient.</summary>
    public abstract void Push();
}

/// <summary>The receiving end of a channel between two subtasks.</summary>
internal abstract class InputChannel<T>
{
    /// <summary>Takes the next message.</summary>
    /// <param name="batch">The batch, if it is one. Give it back with <see cref="Return"/>.</param>
    /// <param name="value">The message's value.</param>
    public abstract MessageKind TryReceive(out Batch<T>? batch, out long value);

    /// <summary>Gives a batch back to be filled again.</summary>
    public abstract void Return(Batch<T> batch);

    /// <summary>Whether <see cref="TryLookAhead"/> shows all that is on its way, so that barriers may overtake it.</summary>
    public virtual bool CanLookAhead => false;

    /// <summary>Has barriers announced from now on.</summary>
    public virtual void Announce(BarrierAnnouncements to)
    {
    }

    /// <summary>Shows a message without taking it.</summary>
    /// <param name="ahead">How many messages before it are still to be taken.</param>
    /// <param name="batch">The batch, if it is one. It stays in the channel and must not be changed.</param>
    /// <param name="value">The message's value.</param>
    public virtual MessageKind TryLookAhead(int ahead, out Batch<T>? batch, out long value)
        => throw new NotSupportedException("Nobody may look ahead in this channel.");
}
