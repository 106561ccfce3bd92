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

    /// <summary>An empty batch to fill and send.</summary>
    public abstract Batch<T> Rent();

    /// <summary>Sends a batch; it belongs to the receiver from now on.</summary>
    public abstract void Send(Batch<T> batch);

    /// <summary>Sends a control message.</summary>
    public abstract void Send(MessageKind kind, long value);

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
}
