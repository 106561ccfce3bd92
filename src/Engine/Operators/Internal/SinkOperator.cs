using Gristmill.Runtime;

namespace Gristmill.Operators;

/// <summary>The end of a chain: hands batches to a sink's writer.</summary>
internal abstract class SinkOperator<T> : ChainOperator
{
    public RecordCounter Records { get; set; } = new();

    /// <summary>The receiver before it in the chain.</summary>
    public Receiver<T> Receiver => field ??= new Input(this);

    protected abstract void Write(ReadOnlySpan<T> records);

    private sealed class Input(SinkOperator<T> owner) : Receiver<T>
    {
        public override void OnBatch(Batch<T> batch)
        {
            owner.Write(batch.Records);
            owner.Records.Add(batch.Count);
        }
    }
}

internal sealed class TransactionalSinkOperator<T, TStaged>(SinkWriter<T, TStaged> writer, SinkSetup setup) : SinkOperator<T>, IKnowsFates
{
    // Staged, and not yet known to be published: a checkpoint that fails leaves its epochs to the next one.
    private readonly List<(long Epoch, Task<StagedOutput<TStaged>?> Output)> _unpublished = [];
    private readonly CancellationTokenSource _closing = new();
    private long _committed = long.MinValue;
    private long _settled = long.MinValue;
    private bool _isAwaited;

    public override bool TryMakeRoom() => writer.CanWrite && (_isAwaited || !IsOnItsWay || !writer.PrefersToWait);

    private bool IsOnItsWay => _unpublished.Count != 0 && _unpublished[^1].Epoch > _settled;

    public void OnFates(long committed, long settled, bool isAwaited)
    {
        _isAwaited = isAwaited;
        if (committed > _committed)
            writer.OnSettled(_committed = committed, isPublished: true);
        if (settled > _settled && settled > committed)
            writer.OnSettled(settled, isPublished: false);
        _settled = settled;
    }

    public override void OnBarrier(SubtaskSnapshot snapshot)
    {
        if (setup.ForgetAborted)
            _unpublished.Clear();
        _unpublished.Add((snapshot.Checkpoint, writer.StageAsync(snapshot.Checkpoint, _closing.Token).AsTask()));
        if (!setup.ForgetStaged)
            snapshot.AddStaged(new StagedEpochs<TStaged>(setup.Name, setup.Subtask, [.. _unpublished]));
    }

    public override void OnCommitted(long checkpoint) => _unpublished.RemoveAll(staged => staged.Epoch <= checkpoint);

    public override async ValueTask CloseAsync()
    {
        // Not CancelAsync: that one goes to the thread pool.
#pragma warning disable CA1849
        _closing.Cancel();
#pragma warning restore CA1849
        await writer.DisposeAsync();
        _closing.Dispose();
    }

    protected override void Write(ReadOnlySpan<T> records) => writer.Write(records);
}

internal sealed class DirectSinkOperator<T>(DirectSinkWriter<T> writer, SinkSetup setup) : SinkOperator<T>
{
    public override bool TryMakeRoom() => writer.CanWrite;

    /// <summary>The barrier is acknowledged once everything before it is delivered.</summary>
    public override void OnBarrier(SubtaskSnapshot snapshot)
        => snapshot.AddStaged(new FlushBeforeAck(setup.Name, setup.Subtask, writer.FlushAsync(CancellationToken.None).AsTask()));

    public override ValueTask CloseAsync() => writer.DisposeAsync();

    protected override void Write(ReadOnlySpan<T> records) => writer.Write(records);

    private sealed class FlushBeforeAck(string operatorName, int subtask, Task flushed) : IStagedEpochs
    {
        public string Operator => operatorName;

        public int Subtask => subtask;

        public async Task<(Checkpoints.BlockHeader Header, Codec.ByteWriter Payload, object Staged)?> CompleteAsync()
        {
            await flushed;
            return null;
        }
    }
}
