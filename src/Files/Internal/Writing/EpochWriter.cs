using System.Runtime.ExceptionServices;

namespace Gristmill.Files.Internal;

/// <summary>
/// Encodes a subtask's records and has them written behind its back. Each epoch has an output of its own, so a new epoch is
/// under way at once while the last one is still on its way to where it is staged.
/// </summary>
internal sealed class EpochWriter<T, TStaged>(IRecordEncoder<T> encoder, Unwritten unwritten, Func<IEpochOutput<TStaged>> begin) : SinkWriter<T, TStaged>
{
    private IEpochOutput<TStaged>? _staging;
    private OutputBuffer? _output;
    private long _records;

    // A failed output has room: the next write is to bring its error up.
    public override bool CanWrite => unwritten.HasRoom || _staging?.Error is not null;

    public override void Write(ReadOnlySpan<T> records)
    {
        if (records.Length == 0)
            return;
        if (_staging?.Error is { } error)
            ExceptionDispatchInfo.Throw(error);
        if (_output is null)
            Begin();
        encoder.Encode(records);
        _records += records.Length;
    }

    public override ValueTask<StagedOutput<TStaged>?> StageAsync(long epoch, CancellationToken cancellationToken)
    {
        if (_output is null)
            return ValueTask.FromResult<StagedOutput<TStaged>?>(null);
        // All that belongs to the next epoch's output is set up before anything is awaited.
        encoder.End();
        _output.Finish();
        IEpochOutput<TStaged> staging = _staging!;
        long records = _records;
        (_staging, _output, _records) = (null, null, 0);
        staging.Finish(epoch, records);
        return Await();

        async ValueTask<StagedOutput<TStaged>?> Await() => await staging.Durable.WaitAsync(cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        if (_staging is { } staging)
        {
            encoder.Dispose();
            _output!.Finish();
            (_staging, _output) = (null, null);
            staging.Abandon();
            await staging.Durable.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        await base.DisposeAsync();
    }

    private void Begin()
    {
        _staging = begin();
        _output = new OutputBuffer(_staging);
        encoder.Begin(_output);
    }
}
