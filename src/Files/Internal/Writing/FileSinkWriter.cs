using System.Runtime.ExceptionServices;

namespace Gristmill.Files.Internal;

/// <summary>
/// Encodes a subtask's records and has them written behind its back. Each epoch has a file of its own, so a new epoch is
/// under way at once while the last one is still on its way to the disk.
/// </summary>
internal sealed class FileSinkWriter<T>(
    string directory, StagingNames names, string extension, IRecordEncoder<T> encoder, FileWriteOptions options, SinkContext context)
    : SinkWriter<T, StagedFile>
{
    private readonly Unwritten _unwritten = new(options.MaxUnwrittenBytes, context);
    private StagingFile? _file;
    private OutputBuffer? _output;
    private long _files;
    private long _records;

    // A failed file has room: the next write is to bring its error up.
    public override bool CanWrite => _unwritten.HasRoom || _file?.Error is not null;

    public override void Write(ReadOnlySpan<T> records)
    {
        if (records.Length == 0)
            return;
        if (_file?.Error is { } error)
            ExceptionDispatchInfo.Throw(error);
        if (_output is null)
            BeginFile();
        encoder.Encode(records);
        _records += records.Length;
    }

    public override ValueTask<StagedOutput<StagedFile>?> StageAsync(long epoch, CancellationToken cancellationToken)
    {
        if (_output is null)
            return ValueTask.FromResult<StagedOutput<StagedFile>?>(null);
        // All that belongs to the next epoch's file is set up before anything is awaited.
        encoder.End();
        _output.Finish();
        StagingFile file = _file!;
        long records = _records;
        (_file, _output, _records) = (null, null, 0);
        file.Finish();
        return Await();

        async ValueTask<StagedOutput<StagedFile>?> Await()
        {
            long length = await file.Durable.WaitAsync(cancellationToken);
            return new StagedOutput<StagedFile>(new StagedFile(file.Name, extension, length, records), records, length);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_file is { } file)
        {
            encoder.Dispose();
            _output!.Finish();
            (_file, _output) = (null, null);
            file.Abandon();
            await file.Durable.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        await base.DisposeAsync();
    }

    private void BeginFile()
    {
        long number = _files++;
        _file = new StagingFile(directory, taken => names.Staged(number, taken, extension), options.Gzip, _unwritten, context);
        _output = new OutputBuffer(_file);
        encoder.Begin(_output);
    }
}
