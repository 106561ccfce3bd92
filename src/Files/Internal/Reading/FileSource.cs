using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Gristmill.Files.Internal;

/// <summary>
/// A source over files. A split is a file, its id the file's path below the source's root; or it is a byte range, its id
/// <c>path#begin-end</c>. The range is part of the id so that a changed split size makes ids that a checkpoint does not know,
/// instead of quietly giving old positions to other ranges.
/// </summary>
internal abstract class FileSource<T>(FileSet files, FileReadOptions options) : Source<T, FilePosition>
{
    public override IEnumerable<string> Validate() => options.Faults();

    public override async ValueTask<IReadOnlyList<SourceSplit<FilePosition>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken) =>
        await BackgroundWork.RunAsync(() => Discover(cancellationToken));

    public sealed override SplitReader<T, FilePosition> OpenReader(string splitId, FilePosition position, SourceContext context)
    {
        string file = position.End == 0 ? splitId : splitId[..splitId.LastIndexOf('#')];
        return OpenReader(new SplitOpener(files.PathOf(file), position, ReadPreamble, context), position, context);
    }

    protected abstract SplitReader<T, FilePosition> OpenReader(SplitOpener opener, FilePosition position, SourceContext context);

    /// <summary>Reads what stands before the records, and refuses a file whose header does not fit.</summary>
    protected abstract Preamble ReadPreamble(InputFile file, string path);

    private List<SourceSplit<FilePosition>> Discover(CancellationToken cancellationToken)
    {
        var splits = new List<SourceSplit<FilePosition>>();
        foreach (string id in files.List())
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddSplits(splits, id, files.PathOf(id));
        }
        return splits;
    }

    private void AddSplits(List<SourceSplit<FilePosition>> splits, string id, string path)
    {
        FileIdentity identity;
        bool compressed;
        using (SafeFileHandle handle = InputFile.OpenHandle(path))
        {
            identity = FileIdentity.Of(handle);
            compressed = InputFile.IsGzip(handle, path);
        }
        using (InputFile head = InputFile.Open(path))
            ReadPreamble(head, path);
        var whole = new FilePosition(0, 1, false, 0, identity.Length, identity.Mark);
        if (compressed || options.SplitSize is not { } size || identity.Length <= size)
        {
            splits.Add(new SourceSplit<FilePosition>(id, whole));
            return;
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
    }
}
