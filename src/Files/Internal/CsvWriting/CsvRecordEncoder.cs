using System.Globalization;
using CsvHelper;

namespace Gristmill.Files.Internal;

/// <summary>Encodes records as CSV rows.</summary>
internal sealed class CsvRecordEncoder<T> : IRecordEncoder<T>
{
    private readonly CsvEncode<T> _encode;
    private readonly string[] _names;
    private readonly bool _writeHeader;
    private readonly CsvWriterOptions _settings;
    private CsvWriter? _writer;

    public CsvRecordEncoder(CsvWriteOptions<T> options, CsvEncode<T> encode, IEnumerable<string> names)
    {
        _encode = encode;
        _names = [.. names];
        _writeHeader = options.WriteHeader;
        _settings = new CsvWriterOptions
        {
            Separator = options.Delimiter,
            NewLine = options.NewLine,
            FormatProvider = CultureInfo.InvariantCulture,
            HasHeader = false,
        };
    }

    public void Begin(OutputBuffer output)
    {
        _writer = CsvWriter.Create(output, _settings, leaveOpen: true);
        if (_writeHeader)
            _writer.WriteRecord(_names);
    }

    public void Encode(ReadOnlySpan<T> records)
    {
        foreach (ref readonly T record in records)
        {
            _encode(_writer!, in record);
            _writer!.EndRecord();
        }
    }

    public void End()
    {
        _writer?.Flush();
        Dispose();
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _writer = null;
    }
}
