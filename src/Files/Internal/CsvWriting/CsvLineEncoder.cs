using System.Text;

namespace Gristmill.Files.Internal;

/// <summary>Writes records' texts as rows.</summary>
internal sealed class CsvLineEncoder<T>(CsvWriteOptions<T> options) : IRecordEncoder<T>
{
    private readonly Func<T, string> _text = options.RowText!;
    private OutputBuffer? _output;

    public void Begin(OutputBuffer output)
    {
        _output = output;
        if (options.WriteHeader)
            WriteLine(options.RowHeader!);
    }

    public void Encode(ReadOnlySpan<T> records)
    {
        foreach (ref readonly T record in records)
            WriteLine(_text(record));
    }

    public void End() => Dispose();

    public void Dispose() => _output = null;

    private void WriteLine(string text)
    {
        Span<byte> room = _output!.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length) + options.NewLine.Length);
        int length = Encoding.UTF8.GetBytes(text, room);
        length += Encoding.UTF8.GetBytes(options.NewLine, room[length..]);
        _output.Advance(length);
    }
}
