namespace Gristmill.Files.Internal;

/// <summary>Stages files in a hidden directory and publishes them by rename.</summary>
internal sealed class FileSink<T>(string directory, IRecordFormat<T> format) : TransactionalSink<T, StagedFile>
{
    private readonly string _directory = Path.GetFullPath(directory);
    private readonly FileWriteOptions _options = format.Options;

    /// <summary>How its published files' paths begin, whatever their extension.</summary>
    public override string Target => Path.Combine(_directory, _options.Prefix);

    public override IEnumerable<string> Validate() => format.Faults();

    public override SinkWriter<T, StagedFile> OpenWriter(SinkContext context)
    {
        var names = new StagingNames(context, _options.Prefix);
        var unwritten = new Unwritten(_options.MaxUnwrittenBytes, context);
        string extension = format.PublishedExtension;
        long files = 0;
        return new EpochWriter<T, StagedFile>(format.NewEncoder(), unwritten, () =>
        {
            long number = files++;
            return new StagingFile(_directory, taken => names.Staged(number, taken, extension), extension, _options.Gzip, unwritten, context);
        });
    }

    public override async ValueTask CommitAsync(IReadOnlyList<Staged<StagedFile>> staged, SinkContext context, CancellationToken cancellationToken)
    {
        if (staged.Count == 0)
            return;
        var publisher = new FilePublisher(_directory, new StagingNames(context, _options.Prefix));
        await BackgroundWork.RunAsync(() => publisher.Publish(staged, cancellationToken));
    }

    public override async ValueTask CleanUpAsync(SinkContext context, CancellationToken cancellationToken)
    {
        var publisher = new FilePublisher(_directory, new StagingNames(context, _options.Prefix));
        await BackgroundWork.RunAsync(() => publisher.RemoveOrphans(context, cancellationToken));
    }
}
