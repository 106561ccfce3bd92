using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Threading.Channels;
using Gristmill.Files;
using Gristmill.Files.Internal;

namespace Gristmill.AzureStorage.Internal;

/// <summary>
/// One subtask's output of one epoch on its way to the service. A block belongs to a blob's name from the first on, and the
/// name has the epoch's number in it, which is known only when the epoch ends: until then the output waits in a spool. So
/// nothing of an epoch that never ends is at the service. Works on pool threads.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The work item disposes the spool when it ends; there is nobody else who could know when it may be.")]
internal sealed class StagingBlob(AzureBlobContainer container, Func<long, string> nameOf, bool gzip, Unwritten unwritten, SinkContext context)
    : IEpochOutput<StagedBlob>, IThreadPoolWorkItem
{
    private const int CopySize = 256 << 10;

    private readonly Channel<(byte[] Block, int Length)> _blocks = Channel.CreateUnbounded<(byte[], int)>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource<StagedOutput<StagedBlob>> _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Spool _spool = new(container.Options.BlockBytes);
    private bool _started;
    private bool _abandoned;
    private long _epoch;
    private long _records;
    private Exception? _error;

    public Task<StagedOutput<StagedBlob>> Durable => _durable.Task;

    public Exception? Error => Volatile.Read(ref _error);

    public void Enqueue(byte[] block, int length)
    {
        unwritten.Add(length);
        _blocks.Writer.TryWrite((block, length));
        Start();
    }

    public void Finish(long epoch, long records)
    {
        (_epoch, _records) = (epoch, records);
        _blocks.Writer.Complete();
        Start();
    }

    public void Abandon()
    {
        _abandoned = true;
        _blocks.Writer.Complete();
        Start();
    }

    // Begun on the pool, so that whatever it awaits it goes on there, and no host's scheduler is kept waiting for a disk.
    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    private void Start()
    {
        if (_started)
            return;
        _started = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private async Task RunAsync()
    {
        StagedBlob? staged = null;
        try
        {
            await SpoolAsync();
            if (_error is null && !_abandoned)
                staged = await UploadAsync();
        }
        catch (Exception e)
        {
            string cause = BlobErrors.IsService(e) ? BlobErrors.Cause(e) : e.Message;
            Fail($"Cannot stage output in {container.Description}: {cause} The job goes on from its last checkpoint.", e);
        }
        await _spool.DisposeAsync();
        if (staged is { } done)
            _durable.SetResult(new StagedOutput<StagedBlob>(done, done.Records, done.Length));
        else
            _durable.SetException(_error ?? new OperationCanceledException("The output was abandoned."));
        // Whoever awaits it sees it; where nobody does any more it must not come up as unobserved.
        _ = _durable.Task.Exception;
        context.Wake();
    }

    private async Task SpoolAsync()
    {
        Stream output = gzip ? new GZipStream(_spool, CompressionLevel.Optimal, leaveOpen: true) : _spool;
        await foreach ((byte[] block, int length) in _blocks.Reader.ReadAllAsync())
        {
            try
            {
                // After a failure blocks are still taken, so that the writer has room and sees the error.
                if (_error is null && !_abandoned)
                    output.Write(block, 0, length);
            }
            catch (Exception e)
            {
                Fail($"Cannot keep the output of the running epoch in the temporary folder '{Path.GetTempPath()}': {e.Message} "
                    + "See that it can be written and has room for what two epochs write, or set TMPDIR to another.", e);
            }
            ArrayPool<byte>.Shared.Return(block);
            unwritten.Remove(length);
        }
        if (gzip)
            await output.DisposeAsync();
    }

    private async Task<StagedBlob> UploadAsync()
    {
        string name = nameOf(_epoch);
        await container.ReadyAsync(CancellationToken.None);
        await using var upload = new BlockUpload(container.Blob(name), container.Options);
        _spool.Rewind();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopySize);
        try
        {
            while (_spool.Read(buffer, 0, buffer.Length) is var count and > 0)
                await upload.WriteAsync(buffer.AsMemory(0, count), CancellationToken.None);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        await upload.FinishAsync(CancellationToken.None);
        return new StagedBlob(name, upload.Id, upload.Blocks, upload.Length, _records);
    }

    private void Fail(string message, Exception cause) =>
        Interlocked.CompareExchange(ref _error, new SinkFileException(container.Address, message, cause), null);
}
