using System.Globalization;
using System.Runtime.ExceptionServices;

namespace Gristmill.Files.Internal;

/// <summary>
/// A source over files. A split is a file, its id the file's path below the source's root; or it is a byte range, its id
/// <c>path#begin-end</c>. The range is part of the id so that a changed split size makes ids that a checkpoint does not know,
/// instead of quietly giving old positions to other ranges.
/// </summary>
internal abstract class FileSource<T>(InputFiles files, FileReadOptions options) : Source<T, FilePosition>
{
    public override IEnumerable<string> Validate() => options.Faults();

    public override async ValueTask<IReadOnlyList<SourceSplit<FilePosition>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken) =>
        await BackgroundWork.RunAsync(() => Discover(cancellationToken));

    public sealed override SplitReader<T, FilePosition> OpenReader(string splitId, FilePosition position, SourceContext context)
    {
        string file = position.End == 0 ? splitId : splitId[..splitId.LastIndexOf('#')];
        return OpenReader(new SplitOpener(files, file, position, ReadPreamble, context), position, context);
    }

    protected abstract SplitReader<T, FilePosition> OpenReader(SplitOpener opener, FilePosition position, SourceContext context);

    /// <summary>Reads what stands before the records, and refuses a file whose header does not fit.</summary>
    protected abstract Preamble ReadPreamble(InputFile file, string path);

    private List<SourceSplit<FilePosition>> Discover(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> ids = files.List();
        var splits = new List<SourceSplit<FilePosition>>[ids.Count];
        if (files.Parallelism == 1)
        {
            for (int i = 0; i < splits.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                splits[i] = SplitsOf(ids[i]);
            }
        }
        else
        {
            DiscoverSideBySide(ids, splits, cancellationToken);
        }
        return [.. splits.SelectMany(s => s)];
    }

    private void DiscoverSideBySide(IReadOnlyList<string> ids, List<SourceSplit<FilePosition>>[] splits, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = files.Parallelism, CancellationToken = cancellationToken };
        try
        {
            Parallel.For(0, splits.Length, options, i => splits[i] = SplitsOf(ids[i]));
        }
        catch (AggregateException e)
        {
            // One fault is enough, and it is the one that has a remedy in its message.
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private List<SourceSplit<FilePosition>> SplitsOf(string id)
    {
        var splits = new List<SourceSplit<FilePosition>>();
        using InputBytes bytes = files.Open(id);
        FileIdentity identity = FileIdentity.Of(bytes);
        bool compressed = InputFile.IsGzip(bytes);
        using (InputFile head = InputFile.Over(bytes))
            ReadPreamble(head, bytes.Path);
        var whole = new FilePosition(0, 1, false, 0, identity.Length, identity.Mark);
        if (compressed || options.SplitSize is not { } size || identity.Length <= size)
        {
            splits.Add(new SourceSplit<FilePosition>(id, whole));
            return splits;
        }
        for (long begin = 0; begin < identity.Length; begin += size)
        {
            // A range begins with the first line that begins in it. It is looked for from the byte before: if that ends a
            // line, the range's first byte begins one.
            FilePosition start = whole with { End = begin + size };
            if (begin > 0)
                start = start with { Offset = begin - 1, Line = 0, InLine = true };
            splits.Add(new SourceSplit<FilePosition>(string.Create(CultureInfo.InvariantCulture, $"{id}#{begin}-{begin + size}"), start));
        }
        return splits;
    }
}
