using Microsoft.Extensions.Logging;

namespace Gristmill;

/// <summary>Where records go. Derive from <see cref="TransactionalSink{T, TStaged}"/> or <see cref="DirectSink{T}"/>.</summary>
/// <typeparam name="T">The record type.</typeparam>
public abstract class Sink<T>
{
    private protected Sink()
    {
    }

    /// <summary>What the sink promises, for the log and the docs.</summary>
    public abstract DeliveryGuarantee Guarantee { get; }

    /// <summary>What the sink writes to, where two sinks of a job must not write to the same; null: no such thing.</summary>
    public virtual string? Target => null;

    /// <summary>What faults the sink's settings have, each a sentence naming setting, value and remedy; none when it can start.</summary>
    public virtual IEnumerable<string> Validate() => [];

    internal abstract Runtime.SinkBinding<T> Bind();
}

/// <summary>What a sink promises about each record.</summary>
public enum DeliveryGuarantee
{
    /// <summary>After a failure records may come twice; none is lost.</summary>
    AtLeastOnce,

    /// <summary>Each record takes effect once, whatever fails.</summary>
    ExactlyOnce,
}

/// <summary>
/// A sink whose output becomes visible only when the checkpoint that covers it is committed. Writers stage an epoch's
/// records; what they staged is described by a <typeparamref name="TStaged"/> that lies in the checkpoint; after the
/// head has moved <see cref="CommitAsync"/> makes it visible, and does so again after any recovery.
/// </summary>
/// <typeparam name="T">The record type.</typeparam>
/// <typeparam name="TStaged">A plain type that describes (or holds) what was staged; kept in checkpoints.</typeparam>
public abstract class TransactionalSink<T, TStaged> : Sink<T>
{
    /// <inheritdoc/>
    public override DeliveryGuarantee Guarantee => DeliveryGuarantee.ExactlyOnce;

    /// <summary>Opens the writer of one subtask for one generation.</summary>
    public abstract SinkWriter<T, TStaged> OpenWriter(SinkContext context);

    /// <summary>
    /// Makes staged output visible. Must be idempotent: it is called again for the same staged output after a
    /// recovery, by this or a later generation, whole or in part, and concurrently at worst.
    /// </summary>
    /// <param name="staged">What the checkpoint holds for this sink, ordered by epoch, then subtask.</param>
    /// <param name="context">The job; <see cref="SinkContext.Subtask"/> is 0.</param>
    /// <param name="cancellationToken">Ends the attempt; it will be made again.</param>
    public abstract ValueTask CommitAsync(IReadOnlyList<Staged<TStaged>> staged, SinkContext context, CancellationToken cancellationToken);

    /// <summary>
    /// Removes what dead generations staged and no checkpoint names. Called once a generation, after the restored
    /// checkpoint's output was committed and before any writer is opened.
    /// </summary>
    public virtual ValueTask CleanUpAsync(SinkContext context, CancellationToken cancellationToken) => default;

    /// <summary>
    /// Releases what committing has opened, when the generation ends. Not called if its process dies. A commit that
    /// does not heed its cancellation may still be under way.
    /// </summary>
    public virtual ValueTask CloseAsync(SinkContext context) => default;

    internal sealed override Runtime.SinkBinding<T> Bind() => new Runtime.TransactionalSinkBinding<T, TStaged>(this);
}

/// <summary>What one subtask of a sink staged in one epoch.</summary>
/// <param name="Epoch">The epoch, which is the number of the checkpoint that ended it.</param>
/// <param name="Subtask">The subtask that staged it.</param>
/// <param name="Value">The writer's description of it.</param>
/// <typeparam name="TStaged">The sink's staged type.</typeparam>
public readonly record struct Staged<TStaged>(long Epoch, int Subtask, TStaged Value);

/// <summary>Stages one subtask's records. Used by one thread at a time; none of its methods may block.</summary>
/// <typeparam name="T">The record type.</typeparam>
/// <typeparam name="TStaged">The staged type.</typeparam>
public abstract class SinkWriter<T, TStaged> : IAsyncDisposable
{
    /// <summary>False holds the subtask back (and so its inputs) until <see cref="SinkContext.Wake"/> is called and it is true again.</summary>
    public virtual bool CanWrite => true;

    /// <summary>Takes records into the current epoch.</summary>
    public abstract void Write(ReadOnlySpan<T> records);

    /// <summary>
    /// Ends the current epoch at the barrier, which may come while <see cref="CanWrite"/> is false. What comes after belongs
    /// to the next epoch and may come before the returned task completes; the task completes when the epoch's output is durable.
    /// </summary>
    /// <param name="epoch">The epoch's number: the checkpoint's.</param>
    /// <param name="cancellationToken">Ends the wait when the generation ends.</param>
    /// <returns>A description of what was staged, or null when the epoch had no records here.</returns>
    public abstract ValueTask<StagedOutput<TStaged>?> StageAsync(long epoch, CancellationToken cancellationToken);

    /// <summary>
    /// True asks to be held back while output staged earlier is still on its way, as <see cref="CanWrite"/> would. It is a wish:
    /// while a checkpoint waits for this subtask it is not followed, so the writer must be able to take more.
    /// </summary>
    public virtual bool PrefersToWait => false;

    /// <summary>
    /// Called when the fate of a checkpoint is known. It may come for checkpoints without output here, before a checkpoint's
    /// barrier, and once for several checkpoints.
    /// </summary>
    /// <param name="epoch">The checkpoint's number.</param>
    /// <param name="isPublished">True: all output up to it is. False: it has failed, and its output goes with the next.</param>
    public virtual void OnSettled(long epoch, bool isPublished)
    {
    }

    /// <summary>Closes the writer; staged output that no checkpoint names may be removed.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }
}

/// <summary>A staged epoch.</summary>
/// <param name="Value">What the checkpoint keeps.</param>
/// <param name="Records">How many records it covers.</param>
/// <param name="Bytes">How many bytes it covers, for the checkpoint's statistics.</param>
/// <typeparam name="TStaged">The staged type.</typeparam>
public readonly record struct StagedOutput<TStaged>(TStaged Value, long Records, long Bytes);

/// <summary>A sink that delivers at once and so at least once: after a recovery records come again.</summary>
/// <typeparam name="T">The record type.</typeparam>
public abstract class DirectSink<T> : Sink<T>
{
    /// <inheritdoc/>
    public override DeliveryGuarantee Guarantee => DeliveryGuarantee.AtLeastOnce;

    /// <summary>Opens the writer of one subtask for one generation.</summary>
    public abstract DirectSinkWriter<T> OpenWriter(SinkContext context);

    internal sealed override Runtime.SinkBinding<T> Bind() => new Runtime.DirectSinkBinding<T>(this);
}

/// <summary>Delivers one subtask's records. Used by one thread at a time; none of its methods may block.</summary>
/// <typeparam name="T">The record type.</typeparam>
public abstract class DirectSinkWriter<T> : IAsyncDisposable
{
    /// <summary>False holds the subtask back until <see cref="SinkContext.Wake"/> is called and it is true again.</summary>
    public virtual bool CanWrite => true;

    /// <summary>Delivers records, or buffers them until <see cref="FlushAsync"/>.</summary>
    public abstract void Write(ReadOnlySpan<T> records);

    /// <summary>Completes when everything written before the call is delivered. Called at each barrier.</summary>
    public abstract ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>Closes the writer.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return default;
    }
}

/// <summary>What a sink may know and call: its place in the job, the host's clock and log, and the way to wake its subtask.</summary>
public abstract class SinkContext
{
    /// <summary>The job's name.</summary>
    public abstract string Job { get; }

    /// <summary>The sink operator's name.</summary>
    public abstract string Operator { get; }

    /// <summary>This subtask's index.</summary>
    public abstract int Subtask { get; }

    /// <summary>How many subtasks the sink has.</summary>
    public abstract int Parallelism { get; }

    /// <summary>The running generation: names of staged things carry it so that two generations never share one.</summary>
    public abstract long Generation { get; }

    /// <summary>
    /// What tells this job's epochs from those of the job started anew, from a copy, or on other checkpoints: the numbers of
    /// two lineages say nothing of each other. The same for as long as each generation goes on from the one before.
    /// </summary>
    public abstract string Lineage { get; }

    /// <summary>The lowest epoch this generation can stage: above all that its lineage ever committed.</summary>
    public abstract long FirstEpoch { get; }

    /// <summary>The host's clock.</summary>
    public abstract TimeProvider Time { get; }

    /// <summary>The operator's log.</summary>
    public abstract ILogger Logger { get; }

    /// <summary>Has the engine look at the writer again soon. Any thread may call it.</summary>
    public abstract void Wake();
}
