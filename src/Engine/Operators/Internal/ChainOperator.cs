using Gristmill.Protocol;
using Gristmill.Queries;
using Gristmill.Runtime;

namespace Gristmill.Operators;

/// <summary>
/// What the subtask steers of an operator in its chain, besides the batches that flow through it: time, barriers,
/// snapshots and the end. Each call does a bounded amount of work.
/// </summary>
internal abstract class ChainOperator
{
    /// <summary>Before any watermark.</summary>
    public const long NoWatermark = long.MinValue;

    /// <summary>The watermark behind all input.</summary>
    public const long EndOfTime = long.MaxValue;

    /// <summary>The operator's name for errors and statistics; of a nameless one, what it does.</summary>
    public required string Name { get; init; }

    /// <summary>The operator before it in the chain whose watermark it takes; null: the subtask's own input.</summary>
    public ChainOperator? Upstream { get; set; }

    /// <summary>The watermark up to which it has acted.</summary>
    public long WatermarkIn { get; protected set; } = NoWatermark;

    /// <summary>The watermark it has handed on.</summary>
    public long WatermarkOut { get; protected set; } = NoWatermark;

    /// <summary>The key groups that had come further than <see cref="WatermarkIn"/> before a restore.</summary>
    public virtual IEnumerable<(int Group, long Watermark)> GroupsAhead => [];

    /// <summary>Whether no records are expected for now, so that its watermark holds nobody back.</summary>
    public bool IsIdle { get; protected set; }

    /// <summary>Whether it can take a batch, after moving along what waits for room. False holds the whole subtask back.</summary>
    public virtual bool TryMakeRoom() => true;

    /// <summary>When it wants <see cref="FireProcessingTime"/>, in milliseconds since 1970; never by default.</summary>
    public virtual long NextProcessingTime => long.MaxValue;

    /// <summary>Acts on a newer watermark.</summary>
    /// <param name="watermark">The input's watermark; not lower than before.</param>
    /// <param name="idle">Whether the input is idle.</param>
    /// <returns>False: there is more to do; call again before anything else.</returns>
    public virtual bool AdvanceWatermark(long watermark, bool idle)
    {
        WatermarkIn = WatermarkOut = watermark;
        IsIdle = idle;
        return true;
    }

    /// <summary>Acts on the passing of processing time.</summary>
    /// <returns>False: there is more to do; call again before anything else.</returns>
    public virtual bool FireProcessingTime(long nowMs) => true;

    /// <summary>
    /// Whether <see cref="OnBarrier"/> may come although there is more to do of the last watermark: what is left to do is then
    /// in the state, and is done after a restore once the watermark comes again.
    /// </summary>
    public virtual bool CanFreeze => true;

    /// <summary>The barrier: freezes what the snapshot will hold, or forwards the barrier. Called once a checkpoint, in chain order.</summary>
    public virtual void OnBarrier(SubtaskSnapshot snapshot)
    {
    }

    /// <summary>Writes the next part of what was frozen.</summary>
    /// <returns>Whether all is written.</returns>
    public virtual bool WriteSlice(SubtaskSnapshot snapshot, int entries) => true;

    /// <summary>Gives up what was frozen: its checkpoint will not be.</summary>
    public virtual void AbandonSnapshot()
    {
    }

    /// <summary>A checkpoint is committed and its output visible.</summary>
    public virtual void OnCommitted(long checkpoint)
    {
    }

    /// <summary>Hands on what is buffered.</summary>
    public virtual void Flush()
    {
    }

    /// <summary>All input has come and the watermark has passed behind it.</summary>
    public virtual void OnEndOfInput()
    {
    }

    /// <summary>Takes over what an operator of the same kind has restored from an older checkpoint. Before <see cref="Restore"/>, which then brings what is newer.</summary>
    public virtual void TakeOver(ChainOperator prepared) => throw new ProtocolViolationException($"Operator '{Name}' keeps nothing that could be taken over.");

    /// <summary>
    /// Takes up a part of what a checkpoint holds of this operator, or what it holds more than the one restored before. Before any
    /// call but <see cref="TakeOver"/>; called at least once.
    /// </summary>
    public virtual void Restore(OperatorRestore restore)
    {
        WatermarkIn = restore.WatermarkIn;
        WatermarkOut = restore.WatermarkOut;
    }

    /// <summary>Checks what is believed of a restored operator and makes what can be derived. After all blocks are in.</summary>
    public virtual void OnRestored()
    {
    }

    /// <summary>Looks a key's state up. Between steps only.</summary>
    /// <exception cref="StateQueryException">It has no such state.</exception>
    public virtual StateAnswer Query(StateQuery query)
        => throw new StateQueryException($"Operator '{query.Address.Operator}' has no state by key.");

    /// <summary>Frees what it holds.</summary>
    public virtual ValueTask CloseAsync() => default;
}
