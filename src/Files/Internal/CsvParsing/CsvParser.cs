using System.Globalization;
using CsvHelper;

namespace Gristmill.Files.Internal;

/// <summary>
/// CsvHelper's reader over the bytes at hand. It parses them in place with SIMD; to it each window is a file of its own, so
/// whether its last record is whole is for us to see.
/// </summary>
internal sealed class CsvParser : IDisposable
{
    private readonly CsvReader _csv;

    /// <param name="bytes">The input. It begins with a line feed, which as an empty line is no record: at the very start of its
    /// input CsvHelper would look for a byte order mark, and would find one in the midst of a file.</param>
    /// <param name="delimiter">Between fields.</param>
    /// <param name="newlinesInFields">Whether quoted fields may have line breaks.</param>
    public CsvParser(ReadOnlyMemory<byte> bytes, char delimiter, bool newlinesInFields)
    {
        _csv = CsvReader.Create(bytes, new CsvReaderOptions
        {
            Separator = delimiter,
            HasHeader = false,
            AllowLineBreaksInQuotes = newlinesInFields,
            DetectSeparatorHint = false,
            FormatProvider = CultureInfo.InvariantCulture,
            // Recover and not Skip: a recovered record is one we can see the extent of.
            MalformedData = CsvMalformedDataHandling.Recover,
            OnMalformedRecord = malformed => Malformed = malformed.Reason,
        });
    }

    public CsvReader Row => _csv;

    /// <summary>What is wrong with the current record's quotes, if anything.</summary>
    public CsvMalformedReason? Malformed { get; private set; }

    public bool Read()
    {
        Malformed = null;
        return _csv.Read();
    }

    public string DescribeMalformed() => Malformed switch
    {
        CsvMalformedReason.StrayQuote => "A quote stands inside a field that is not quoted; put the field in quotes and double the quotes within it.",
        CsvMalformedReason.TextAfterClosingQuote => "Text follows a field's closing quote; double the quotes within a quoted field.",
        CsvMalformedReason.UnterminatedQuote => "A quoted field is not closed before the end of the file.",
        CsvMalformedReason.LineBreakInQuotes => "A quoted field is not closed on its line, and NoNewlinesInFields promises that each is.",
        var other => $"The row is malformed: {other}.",
    };

    public void Dispose() => _csv.Dispose();
}
