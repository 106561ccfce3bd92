namespace Gristmill.Files.Internal;

/// <summary>An open split: where its first record is looked for and what stood before the records.</summary>
internal sealed record OpenedSplit(InputBytes Bytes, InputFile Input, FilePosition Start, Preamble Preamble) : IDisposable
{
    public void Dispose()
    {
        Input.Dispose();
        Bytes.Dispose();
    }
}

/// <summary>Opens a split at a position, once it is sure that the file is the one the position was taken in.</summary>
internal sealed class SplitOpener(
    InputFiles files, string id, FilePosition position, Func<InputFile, string, Preamble> readPreamble, SourceContext context)
{
    public string Path { get; } = files.PathOf(id);

    public OpenedSplit Open()
    {
        InputBytes bytes = files.Open(id);
        try
        {
            return Open(bytes);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    private OpenedSplit Open(InputBytes bytes)
    {
        long grown = FileIdentity.Check(bytes, InputFile.IsGzip(bytes), position);
        if (grown > 0)
            SourceLog.FileHasGrown(context.Logger, context.Operator, Path, grown, position.FileLength);
        Preamble preamble;
        using (InputFile head = InputFile.Over(bytes, position.FileLength))
            preamble = readPreamble(head, Path);
        // A range that begins inside the header begins behind it, and so does a file read from its start.
        FilePosition start = position.Offset < preamble.DataStart
            ? position with { Offset = preamble.DataStart, Line = preamble.FirstLine, InLine = false }
            : position;
        return new OpenedSplit(bytes, InputFile.Over(bytes, position.FileLength), start, preamble);
    }
}
