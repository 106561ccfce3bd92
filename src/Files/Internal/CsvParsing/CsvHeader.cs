namespace Gristmill.Files.Internal;

/// <summary>Reads the line of column names. A file without a single record, not even a header, is taken for an empty one.</summary>
internal static class CsvHeader
{
    private const int FirstRead = 4096;

    public static Preamble Read(InputFile file, string path, FileReadOptions options, char delimiter)
    {
        byte[] buffer = [];
        int length = 0;
        while (true)
        {
            Array.Resize(ref buffer, Math.Max(FirstRead, buffer.Length * 2));
            int wanted = buffer.Length - length;
            int count = file.Read(buffer.AsSpan(length));
            length += count;
            if (TryParse(buffer.AsSpan(0, length), count < wanted, path, delimiter) is { } preamble)
                return preamble;
            if (length > options.MaxRecordBytes)
                throw new SourceFileException(path, $"The header of '{path}' is longer than MaxRecordBytes, {options.MaxRecordBytes:N0}; is it CSV with a header?");
        }
    }

    public static Preamble Read<T>(InputFile file, string path, CsvReadOptions<T> options) => Read(file, path, options, options.Delimiter);

    private static Preamble? TryParse(ReadOnlySpan<byte> bytes, bool final, string path, char delimiter)
    {
        int mark = bytes.StartsWith(Preamble.ByteOrderMark) ? Preamble.ByteOrderMark.Length : 0;
        byte[] text = [(byte)'\n', .. bytes[mark..]];
        using var parser = new CsvParser(text, delimiter, newlinesInFields: true);
        if (!parser.Read())
            return final ? new Preamble(bytes.Length, 1, null) : null;
        int end = (int)parser.Row.ByteOffset + parser.Row.RawRecord.Length;
        // One more byte must be there to see whether a CR has an LF behind it.
        if (end + 1 >= text.Length && !final)
            return null;
        if (parser.Malformed is not null)
            throw new SourceFileException(path, $"The header of '{path}' is not CSV: {parser.DescribeMalformed()}");
        if (end < text.Length)
            end += text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1;
        string[] names = [.. Enumerable.Range(0, parser.Row.FieldCount).Select(parser.Row.GetString)];
        return new Preamble(mark + end - 1, 1 + text.AsSpan(1, end - 1).Count((byte)'\n'), names);
    }
}
