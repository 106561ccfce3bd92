using Gristmill.Checkpoints;
using Gristmill.Operators;
using Gristmill.Protocol;

namespace Gristmill.Runtime;

/// <summary>What looking for a barrier came to.</summary>
internal enum CopyResult
{
    /// <summary>Nothing new is there.</summary>
    Waits = 0,

    /// <summary>A message in front of the barrier was met, and copied if it has records.</summary>
    Copied,

    /// <summary>The barrier was met.</summary>
    MetBarrier,
}

/// <summary>One input channel of a subtask.</summary>
internal abstract class GateInput
{
    /// <summary>Its index among the subtask's inputs.</summary>
    public int Index { get; set; }

    /// <summary>Its newest watermark.</summary>
    public long Watermark { get; set; } = ChainOperator.NoWatermark;

    /// <summary>Whether no records are expected on it for now.</summary>
    public bool IsIdle { get; set; }

    /// <summary>Whether its records have ended; barriers still come.</summary>
    public bool HasEnded { get; set; }

    /// <summary>The input of the job it belongs to.</summary>
    public abstract InputName Name { get; }

    /// <summary>Whether what is in flight on it can be copied, so that barriers may overtake it.</summary>
    public abstract bool CanBeCopied { get; }

    /// <summary>Whether the next message has been met by <see cref="Copy"/> already.</summary>
    public abstract bool IsNextCopied { get; }

    /// <summary>Whether it has batches that a checkpoint held in flight.</summary>
    public abstract bool HasRestored { get; }

    /// <summary>Whether some of these are still to be copied. They come before what any channel has, also in the copy.</summary>
    public abstract bool HasRestoredToCopy { get; }

    /// <summary>Takes the next message; a batch goes through the chain before this returns.</summary>
    public abstract MessageKind Take(out long value);

    /// <summary>Has barriers on it announced.</summary>
    public abstract void Announce(BarrierAnnouncements to);

    /// <summary>Looks at the next message not looked at yet, and copies it if it has records.</summary>
    public abstract CopyResult Copy(long checkpoint, SubtaskSnapshot snapshot);

    /// <summary>Ends the copying.</summary>
    /// <param name="snapshot">Gets what was copied; null: nobody does.</param>
    public abstract void EndCopy(SubtaskSnapshot? snapshot);

    /// <summary>Takes up records that were in flight.</summary>
    /// <param name="header">The block's header.</param>
    /// <param name="payload">The block's payload.</param>
    /// <param name="inputs">The channels of the same input, this one among them.</param>
    public abstract void Restore(BlockHeader header, ReadOnlySpan<byte> payload, IReadOnlyList<GateInput> inputs);
}

internal sealed class GateInput<T>(InputChannel<T> channel, Receiver<T> receiver, InFlightRecords<T> inFlight, int from) : GateInput
{
    private Queue<RestoredBatch<T>>? _restored;
    private int _ahead;
    private bool _hasWaited;

    public override InputName Name => inFlight.Name;

    public override bool CanBeCopied => channel.CanLookAhead && inFlight.CanBeCopied;

    public override bool IsNextCopied => _ahead != 0;

    public override bool HasRestored => _restored is not null;

    public override bool HasRestoredToCopy => _ahead < (_restored?.Count ?? 0);

    public override MessageKind Take(out long value)
    {
        if (_restored is not null && RestoresFirst)
            return TakeRestored(out value);
        MessageKind kind = channel.TryReceive(out Batch<T>? batch, out value);
        if (kind == MessageKind.None)
            return _restored is null ? kind : TakeRestored(out value);
        if (_ahead != 0)
            _ahead--;
        if (kind == MessageKind.Batch)
        {
            batch!.Split = Index;
            receiver.OnBatch(batch);
            channel.Return(batch);
        }

        return kind;
    }

    public override void Announce(BarrierAnnouncements to) => channel.Announce(to);

    public override CopyResult Copy(long checkpoint, SubtaskSnapshot snapshot)
    {
        switch (LookAhead(out Batch<T>? batch, out long value, out int sender))
        {
            case MessageKind.None:
                _hasWaited = true;
                return CopyResult.Waits;
            case MessageKind.Batch:
                for (int copies = Copies(); copies > 0; copies--)
                    inFlight.Copy(sender, batch!, snapshot);
                break;
            case MessageKind.Barrier when value == checkpoint:
                _ahead++;
                return CopyResult.MetBarrier;
            case MessageKind.Barrier when value > checkpoint:
                // The barrier looked for is lost. Taking this one says so.
                return CopyResult.Waits;
        }

        _ahead++;
        return CopyResult.Copied;
    }

    public override void EndCopy(SubtaskSnapshot? snapshot)
    {
        if (snapshot is not null)
            inFlight.Complete(snapshot);
        else
            inFlight.Forget();
        _ahead = 0;
        _hasWaited = false;
    }

    public override void Restore(BlockHeader header, ReadOnlySpan<byte> payload, IReadOnlyList<GateInput> inputs)
        => inFlight.Restore(header, payload, [.. inputs.Cast<GateInput<T>>()]);

    /// <summary>Has records come before anything the channel has.</summary>
    public void PutBack(RestoredBatch<T> batch) => (_restored ??= []).Enqueue(batch);

    private MessageKind LookAhead(out Batch<T>? batch, out long value, out int sender)
    {
        int restored = _restored?.Count ?? 0;
        sender = from;
        if (_ahead >= restored)
            return channel.TryLookAhead(_ahead - restored, out batch, out value);
        (batch, sender) = _restored!.ElementAt(_ahead);
        value = 0;
        return MessageKind.Batch;
    }

    private MessageKind TakeRestored(out long value)
    {
        value = 0;
        if (_ahead != 0)
            _ahead--;
        Batch<T> batch = _restored!.Dequeue().Batch;
        if (_restored.Count == 0)
            _restored = null;
        receiver.OnBatch(batch);
        return MessageKind.Batch;
    }

    private bool RestoresFirst => (inFlight.Faults & ProtocolFaults.RestoreInFlightLast) == 0;

    private int Copies()
        => _hasWaited && (inFlight.Faults & ProtocolFaults.CopyInFlightOnce) != 0 ? 0
            : (inFlight.Faults & ProtocolFaults.CopyInFlightTwice) != 0 ? 2 : 1;
}

/// <summary>Records that were in flight.</summary>
/// <param name="Batch">They, with the channel they count for.</param>
/// <param name="Sender">Who sent them, as it was.</param>
internal readonly record struct RestoredBatch<T>(Batch<T> Batch, int Sender);
