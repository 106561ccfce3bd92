namespace Gristmill.Files.Internal;

/// <summary>What parsing of the window came to.</summary>
internal enum ParseOutcome
{
    /// <summary>The batch is full, or as much bad input was met as a batch holds.</summary>
    Full,

    /// <summary>Only an unfinished record is left.</summary>
    NeedsInput,

    /// <summary>The next record belongs to the next byte range.</summary>
    EndOfRange,
}

/// <summary>
/// Reads a split: takes chunks as they come and has the format parse them. What a record is depends on its bytes alone,
/// never on where a chunk happens to end; only so does a reader opened at any position deliver what the first one did.
/// </summary>
internal abstract class FileSplitReader<T> : SplitReader<T, FilePosition>
{
    private readonly string _path;
    private readonly FilePosition _initial;
    private readonly ChunkReader _chunks;
    private bool _opened;
    private bool _needsInput = true;
    private bool _inLine;
    private bool _lastChunkTaken;
    private bool _ended;

    protected FileSplitReader(SplitOpener opener, FilePosition position, FileReadOptions options, SourceContext context)
    {
        _path = opener.Path;
        _initial = position;
        Context = context;
        MaxRecordBytes = options.MaxRecordBytes;
        _chunks = new ChunkReader(opener, options.ReadAheadBytes, context);
    }

    public sealed override FilePosition Position => _opened
        ? _initial with { Offset = Window.Offset, Line = Window.Line, InLine = _inLine }
        : _initial;

    protected SourceContext Context { get; }

    protected int MaxRecordBytes { get; }

    protected ReadWindow Window { get; } = new();

    /// <summary>Records the current call may still look at, so that a flood of bad ones does not make a step long.</summary>
    protected int Budget { get; set; }

    public sealed override ReadStatus Read(Batch<T> batch)
    {
        Budget = batch.Capacity;
        while (!_ended)
        {
            // A parser that has met the unfinished record is not asked again before there is more of it.
            ParseOutcome outcome = !_needsInput && SkipRestOfLine() ? Parse(batch) : ParseOutcome.NeedsInput;
            _needsInput = outcome == ParseOutcome.NeedsInput;
            switch (outcome)
            {
                case ParseOutcome.Full:
                    return ReadStatus.Ready;
                case ParseOutcome.NeedsInput when _lastChunkTaken:
                case ParseOutcome.EndOfRange:
                    _ended = true;
                    break;
                case ParseOutcome.NeedsInput:
                    if (!TryLoad())
                        return batch.Count > 0 ? ReadStatus.Ready : ReadStatus.Pending;
                    break;
            }
        }
        return ReadStatus.Ended;
    }

    /// <summary>Adds the window's records to the batch and consumes them.</summary>
    protected abstract ParseOutcome Parse(Batch<T> batch);

    /// <summary>The file is open: its header is known.</summary>
    protected virtual void OnOpened(Preamble preamble)
    {
    }

    /// <summary>The window's bytes are about to move, or its start did.</summary>
    protected virtual void OnWindowMoved()
    {
    }

    /// <summary>
    /// Whether a record at an index is the next range's. A range ends behind a line feed, because only from there the next
    /// one can begin: a record behind a lone CR still belongs to this one.
    /// </summary>
    protected bool IsBeyondRange(int index) =>
        _initial.End > 0 && Window.OffsetAt(index) >= _initial.End
        && (index == Window.Start ? Window.AfterLineFeed : Window.Buffer[index - 1] == '\n');

    /// <summary>Reports the bytes between two indexes as a bad record and moves past them.</summary>
    protected void ReportBad(int start, int end, int next, string reason)
    {
        var bad = new BadRecord(Origin, Window.LineAt(start), Window.TextAt(start, end, MaxRecordBytes), reason);
        Window.ConsumeTo(next);
        Budget--;
        Context.ReportBadRecord(bad);
    }

    /// <summary>
    /// Reports the first line from an index on and moves past it, even if its end is yet to come. So neither a quote that
    /// is never closed nor a line without end swallows the good records behind it.
    /// </summary>
    protected void ReportBadLine(int start, string reason)
    {
        int length = Window.Buffer.AsSpan(start, Window.End - start).IndexOf((byte)'\n');
        int end = length < 0 ? Window.End : start + length;
        int text = end > start && length >= 0 && Window.Buffer[end - 1] == '\r' ? end - 1 : end;
        _inLine = length < 0;
        ReportBad(start, text, length < 0 ? end : end + 1, reason);
        OnWindowMoved();
    }

    protected override void Dispose(bool disposing)
    {
        _chunks.Dispose();
        Window.Dispose();
        base.Dispose(disposing);
    }

    private string Origin => _initial.End == 0 || _initial is { Offset: 0 } ? _path : $"{_path} (lines counted from byte {_initial.Offset:N0})";

    private bool SkipRestOfLine()
    {
        if (!_inLine)
            return true;
        int feed = Window.Rest.IndexOf((byte)'\n');
        Window.ConsumeTo(feed < 0 ? Window.End : Window.Start + feed + 1);
        _inLine = feed < 0;
        return !_inLine;
    }

    private bool TryLoad()
    {
        if (_chunks.TryTake() is not { } chunk)
            return false;
        if (!_opened)
        {
            FilePosition start = _chunks.Opened.Start;
            Window.Begin(start.Offset, start.Line);
            _inLine = start.InLine;
            OnOpened(_chunks.Opened.Preamble);
            _opened = true;
        }
        OnWindowMoved();
        _needsInput = false;
        _lastChunkTaken = chunk.Last;
        Chunk? free = Window.Append(chunk);
        if (!chunk.Last)
            _chunks.ReadNext(free);
        else
            free?.Release();
        return true;
    }
}
