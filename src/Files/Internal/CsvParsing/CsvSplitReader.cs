using System.Text;

namespace Gristmill.Files.Internal;

/// <summary>Parses CSV rows into records.</summary>
internal sealed class CsvSplitReader<T>(
    CsvRecordMap<T> map, SplitOpener opener, FilePosition position, CsvReadOptions<T> options, SourceContext context)
    : FileSplitReader<T>(opener, position, options, context)
{
    private readonly CsvFill<T> _fill = map.Fill;
    private CsvColumns _columns = new([], 0);
    private IReadOnlyList<string>? _header;
    private CsvParser? _parser;
    private int _parserStart;

    protected override void OnOpened(Preamble preamble)
    {
        _header = preamble.Columns;
        if (_header is not null || !options.HasHeader)
            _columns = map.Bind(_header, "");
    }

    protected override void OnWindowMoved()
    {
        _parser?.Dispose();
        _parser = null;
    }

    protected override ParseOutcome Parse(Batch<T> batch)
    {
        if (_parser is null)
        {
            _parserStart = Window.Start - 1;
            _parser = new CsvParser(Window.BehindLineFeed(), options.Delimiter, !options.NoNewlinesInFields);
        }
        while (!batch.IsFull && Budget > 0)
        {
            if (!_parser.Read())
            {
                // Empty lines at most.
                Window.ConsumeTo(Window.End);
                return ParseOutcome.NeedsInput;
            }
            int start = _parserStart + (int)_parser.Row.ByteOffset;
            int end = start + _parser.Row.RawRecord.Length;
            if (IsBeyondRange(start))
                return ParseOutcome.EndOfRange;
            if (!TryFindNext(end, out int next) && Window.End - start <= MaxRecordBytes + 2)
            {
                Window.ConsumeTo(start);
                return ParseOutcome.NeedsInput;
            }
            if (_parser.Malformed is not null || end - start > MaxRecordBytes)
            {
                Window.ConsumeTo(start);
                ReportBadLine(start, end - start > MaxRecordBytes
                    ? $"The row has not ended after MaxRecordBytes, {MaxRecordBytes:N0}; its first line is left out and reading goes on behind it."
                    : _parser.DescribeMalformed());
                return ParseOutcome.Full;
            }
            AddRecord(batch, start, end, next);
        }
        return ParseOutcome.Full;
    }

    protected override void Dispose(bool disposing)
    {
        // Before the window: the parser reads its buffer in place.
        OnWindowMoved();
        base.Dispose(disposing);
    }

    /// <summary>
    /// Where the next record begins. False if that can't be told yet: the record reaches the end of the window, or ends
    /// there with a CR whose LF may follow.
    /// </summary>
    private bool TryFindNext(int end, out int next)
    {
        next = end;
        if (end >= Window.End)
            return Window.Final;
        if (Window.Buffer[end] != '\r')
        {
            next = end + 1;
            return true;
        }
        if (end + 1 == Window.End && !Window.Final)
            return false;
        next = end + 1 < Window.End && Window.Buffer[end + 1] == '\n' ? end + 2 : end + 1;
        return true;
    }

    private void AddRecord(Batch<T> batch, int start, int end, int next)
    {
        int fields = _parser!.Row.FieldCount;
        if (fields != _columns.Count)
        {
            ReportBad(start, end, next, $"The row has {fields} fields where {_columns.Count} are expected.");
            return;
        }
        int failed = TryFill(ref batch.Unfilled[0], out string? refused);
        if (failed >= 0 || refused is not null)
        {
            ReportBad(start, end, next, refused ?? Describe(failed));
            return;
        }
        batch.Advance(1);
        Window.ConsumeTo(next);
    }

    private int TryFill(ref T slot, out string? refused)
    {
        refused = null;
        try
        {
            return _fill(_parser!.Row, _columns, ref slot);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // A record's own constructor refuses a value so.
            refused = e.Message;
            return -1;
        }
    }

    private string Describe(int index)
    {
        CsvMember member = map.Member(index);
        if (member.IsLine)
            return "The row is not valid UTF-8.";
        int field = _columns.Index[index];
        string value = Encoding.UTF8.GetString(_parser!.Row.GetSpan(field));
        Type type = Nullable.GetUnderlyingType(member.Type) ?? member.Type;
        return type == typeof(string)
            ? $"Column '{_header?[field] ?? member.Name}' is not valid UTF-8: '{value}'."
            : $"Column '{_header?[field] ?? member.Name}' holds '{value}', which is no {type.Name}.";
    }
}
