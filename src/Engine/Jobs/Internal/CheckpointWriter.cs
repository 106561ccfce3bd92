using System.Collections.Concurrent;
using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.Runtime;

namespace Gristmill.Jobs;

/// <summary>
/// Writes this node's file of one checkpoint: subtasks hand blocks over from their steps, the coordinator's side appends
/// them one after the other, and when all subtasks are through and their sinks' output is durable the file is completed.
/// </summary>
internal sealed class CheckpointWriter(
    ICheckpointStore store, BlockEncoding encoding, string fileName, int subtasks, BlockBuffers buffers, INodeHost host,
    bool keepStagedBytes, Action<CheckpointWriter> completed, Action<CheckpointWriteError> failed)
    : ISnapshotSink, IAsyncDisposable
{
    /// <summary>Bytes handed over and not yet written, above which subtasks wait with their next slice.</summary>
    private const long MostOutstanding = 64 << 20;

    private readonly ConcurrentQueue<(BlockHeader Header, ByteWriter Payload)> _queue = [];
    private readonly List<int> _through = [];
    private CheckpointFile? _file;
    private long _outstanding;
    private bool _writing;
    private bool _over;

    /// <summary>The blocks of the file.</summary>
    public List<BlockInfo> Blocks { get; } = [];

    /// <summary>What the sinks staged.</summary>
    public List<StagedPart> Staged { get; } = [];

    /// <summary>The numbers of the subtasks that are through, in order.</summary>
    public IReadOnlyList<int> Through => _through;

    public long Bytes { get; private set; }

    public bool IsBackedUp => Interlocked.Read(ref _outstanding) > MostOutstanding;

    public ByteWriter RentBuffer() => buffers.Rent();

    /// <summary>Takes a block; called from steps.</summary>
    public void Write(BlockHeader header, ByteWriter payload)
    {
        Interlocked.Add(ref _outstanding, payload.Length);
        _queue.Enqueue((header, payload));
        host.Post(Pump);
    }

    /// <summary>A subtask has handed over all its blocks.</summary>
    public async void SubtaskWritten(Subtask subtask, SubtaskSnapshot snapshot)
    {
        foreach (IStagedEpochs staged in snapshot.Staged)
        {
            try
            {
                if (await staged.CompleteAsync() is not { } done || _over)
                    continue;
                snapshot.Times.Bytes += done.Payload.Length;
                Staged.Add(new StagedPart(staged.Operator, done.Staged, keepStagedBytes ? (done.Header.ValueSchema.ToArray(), done.Payload.ToArray()) : null));
                Write(done.Header, done.Payload);
            }
            catch (Exception e)
            {
                Fail(subtask.Number, $"sink '{staged.Operator}' could not stage its output: {e.Message}", e);
                return;
            }
        }

        _through.Add(subtask.Number);
        Pump();
    }

    /// <summary>The checkpoint will not be: what was written is dropped.</summary>
    public ValueTask DisposeAsync()
    {
        _over = true;
        _queue.Clear();
        Interlocked.Exchange(ref _outstanding, 0);
        return _writing || _file is null ? default : _file.DisposeAsync();
    }

    private async void Pump()
    {
        if (_writing || _over)
            return;
        _writing = true;
        try
        {
            while (!_over && _queue.TryDequeue(out (BlockHeader Header, ByteWriter Payload) block))
            {
                _file ??= await CheckpointFile.CreateAsync(store, fileName, encoding);
                BlockInfo info = await _file.AppendAsync(block.Header, block.Payload.WrittenMemory);
                Blocks.Add(info);
                Bytes += info.Length;
                bool wasBackedUp = IsBackedUp;
                Interlocked.Add(ref _outstanding, -block.Payload.Length);
                buffers.Return(block.Payload);
                if (wasBackedUp)
                    host.Waker.Wake();
            }

            if (!_over && _through.Count == subtasks)
            {
                if (_file is not null)
                    await _file.CompleteAsync();
                _over = true;
                completed(this);
            }
        }
        catch (Exception e)
        {
            Fail(0, $"the file of this node could not be written: {e.Message}", e);
        }
        finally
        {
            _writing = false;
            if (_over && _file is not null)
                await CloseQuietlyAsync();
        }
    }

    private async Task CloseQuietlyAsync()
    {
        try
        {
            await _file!.DisposeAsync();
        }
        catch (Exception)
        {
            // The checkpoint is over either way; what is left behind is a temporary file, and collection finds it.
        }
    }

    private void Fail(int subtask, string detail, Exception error)
    {
        if (_over)
            return;
        _over = true;
        failed(new CheckpointWriteError(subtask, detail, error));
    }
}

/// <summary>Why a checkpoint could not be written.</summary>
/// <param name="Subtask">The subtask whose part it was; 0 where it was everybody's.</param>
/// <param name="Detail">What went wrong, for the log.</param>
/// <param name="Error">The error itself.</param>
internal sealed record CheckpointWriteError(int Subtask, string Detail, Exception Error);
