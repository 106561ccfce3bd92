using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace Gristmill.Files.Internal;

/// <summary>
/// A file being staged. Blocks queue up and one pool thread at a time writes them, in their order, so that neither a slow
/// disk nor fsync ever holds a worker. The file is made by its first block.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The last work item closes the file; there is nobody else who could know when it may be.")]
internal sealed class StagingFile(string directory, Func<int, string> nameFor, string extension, bool gzip, Unwritten unwritten, SinkContext context)
    : IEpochOutput<StagedFile>, IThreadPoolWorkItem
{
    private readonly Queue<(byte[] Block, int Length)> _blocks = new();
    private readonly TaskCompletionSource<StagedOutput<StagedFile>> _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _running;
    private bool _finished;
    private bool _abandoned;
    private string _name = nameFor(0);
    private long _records;
    private FileStream? _file;
    private Stream? _output;
    private SinkFileException? _error;

    public Task<StagedOutput<StagedFile>> Durable => _durable.Task;

    public Exception? Error => Volatile.Read(ref _error);

    public void Enqueue(byte[] block, int length)
    {
        unwritten.Add(length);
        lock (_blocks)
            _blocks.Enqueue((block, length));
        Start();
    }

    public void Finish(long epoch, long records)
    {
        lock (_blocks)
            (_finished, _records) = (true, records);
        Start();
    }

    public void Abandon()
    {
        lock (_blocks)
            _abandoned = _finished = true;
        Start();
    }

    void IThreadPoolWorkItem.Execute()
    {
        bool finished;
        while (true)
        {
            (byte[] Block, int Length) next;
            lock (_blocks)
            {
                if (!_blocks.TryDequeue(out next))
                {
                    // At the end _running stays set: nothing runs after it.
                    finished = _running = _finished;
                    break;
                }
            }
            if (_error is null)
                Try(() => Append(next.Block.AsMemory(0, next.Length)));
            ArrayPool<byte>.Shared.Return(next.Block);
            unwritten.Remove(next.Length);
        }
        if (finished)
            Complete();
    }

    private string FullPath => Path.Combine(directory, _name);

    private void Start()
    {
        lock (_blocks)
        {
            if (_running)
                return;
            _running = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Append(ReadOnlyMemory<byte> bytes)
    {
        if (_output is null)
        {
            DirectorySync.Create(Path.GetDirectoryName(FullPath)!);
            _file = Create();
            _output = gzip ? new GZipStream(_file, CompressionLevel.Optimal, leaveOpen: true) : _file;
        }
        _output.Write(bytes.Span);
    }

    /// <summary>CreateNew decides: a file that is there already is someone else's, whoever that is.</summary>
    private FileStream Create()
    {
        for (int taken = 0; ; taken++)
        {
            _name = nameFor(taken);
            try
            {
                return new FileStream(FullPath, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 0);
            }
            catch (IOException) when (File.Exists(FullPath))
            {
            }
        }
    }

    private void Complete()
    {
        long length = 0;
        Try(() =>
        {
            if (gzip)
                _output?.Dispose();
            if (!_abandoned)
                _file?.Flush(flushToDisk: true);
            length = _file?.Length ?? 0;
        });
        Try(() => _file?.Dispose());
        if (_file is not null && (_abandoned || _error is not null))
            Try(() => File.Delete(FullPath));
        else if (_error is null)
        {
            Try(() => DirectorySync.Flush(Path.GetDirectoryName(FullPath)!));
            // Whoever made the staging directory may not have synced its name yet; syncing what is synced costs little.
            Try(() => DirectorySync.Flush(directory));
        }
        if (_error is null)
            _durable.SetResult(new StagedOutput<StagedFile>(new StagedFile(_name, extension, length, _records), _records, length));
        else
            _durable.SetException(_error);
        // Whoever awaits it sees it; where nobody does any more it must not come up as unobserved.
        _ = _durable.Task.Exception;
        context.Wake();
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            Volatile.Write(ref _error, _error ?? SinkFileException.From(FullPath, e));
        }
    }
}
