using Gristmill.Operators;

namespace Gristmill.Runtime;

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

    /// <summary>Takes the next message; a batch goes through the chain before this returns.</summary>
    public abstract MessageKind Take(out long value);
}

internal sealed class GateInput<T>(InputChannel<T> channel, Receiver<T> receiver) : GateInput
{
    public override MessageKind Take(out long value)
    {
        MessageKind kind = channel.TryReceive(out Batch<T>? batch, out value);
        if (kind == MessageKind.Batch)
        {
            batch!.Split = Index;
            receiver.OnBatch(batch);
            channel.Return(batch);
        }

        return kind;
    }
}
