namespace Gristmill.Files.Internal;

/// <summary>Stages files in a hidden directory and publishes them by rename.</summary>
internal abstract class FileSink<T>(string directory, FileWriteOptions options, string extension) : TransactionalSink<T, StagedFile>
{
    private readonly string _directory = Path.GetFullPath(directory);
    private readonly string _extension = extension;

    /// <summary>How its published files' paths begin, whatever their extension.</summary>
    public sealed override string Target => Path.Combine(_directory, options.Prefix);

    public override IEnumerable<string> Validate() => options.Faults();

    public sealed override SinkWriter<T, StagedFile> OpenWriter(SinkContext context) => new FileSinkWriter<T>(
        _directory, new StagingNames(context, options.Prefix), options.Gzip ? _extension + ".gz" : _extension, NewEncoder(), options, context);

    public sealed override async ValueTask CommitAsync(IReadOnlyList<Staged<StagedFile>> staged, SinkContext context, CancellationToken cancellationToken)
    {
        if (staged.Count == 0)
            return;
        var publisher = new FilePublisher(_directory, new StagingNames(context, options.Prefix));
        await BackgroundWork.RunAsync(() => publisher.Publish(staged, cancellationToken));
    }

    public sealed override async ValueTask CleanUpAsync(SinkContext context, CancellationToken cancellationToken)
    {
        var publisher = new FilePublisher(_directory, new StagingNames(context, options.Prefix));
        await BackgroundWork.RunAsync(() => publisher.RemoveOrphans(context, cancellationToken));
    }

    protected abstract IRecordEncoder<T> NewEncoder();
}
