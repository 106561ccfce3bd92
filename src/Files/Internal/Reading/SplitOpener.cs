using Microsoft.Win32.SafeHandles;

namespace Gristmill.Files.Internal;

/// <summary>An open split: where its first record is looked for and what stood before the records.</summary>
internal sealed record OpenedSplit(InputFile Input, FilePosition Start, Preamble Preamble);

/// <summary>Opens a split at a position, once it is sure that the file is the one the position was taken in.</summary>
internal sealed class SplitOpener(string path, FilePosition position, Func<InputFile, string, Preamble> readPreamble, SourceContext context)
{
    public string Path => path;

    public OpenedSplit Open()
    {
        using (SafeFileHandle handle = InputFile.OpenHandle(path))
        {
            long grown = FileIdentity.Check(handle, path, InputFile.IsGzip(handle, path), position);
            if (grown > 0)
                SourceLog.FileHasGrown(context.Logger, context.Operator, path, grown, position.FileLength);
        }
        Preamble preamble;
        using (InputFile head = InputFile.Open(path, position.FileLength))
            preamble = readPreamble(head, path);
        // A range that begins inside the header begins behind it, and so does a file read from its start.
        FilePosition start = position.Offset < preamble.DataStart
            ? position with { Offset = preamble.DataStart, Line = preamble.FirstLine, InLine = false }
            : position;
        return new OpenedSplit(InputFile.Open(path, position.FileLength), start, preamble);
    }
}
