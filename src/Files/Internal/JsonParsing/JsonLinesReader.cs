using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gristmill.Files.Internal;

/// <summary>Parses one JSON value a line.</summary>
internal sealed class JsonLinesReader<T>(
    JsonTypeInfo<T> typeInfo, SplitOpener opener, FilePosition position, FileReadOptions options, SourceContext context)
    : FileSplitReader<T>(opener, position, options, context)
{
    protected override ParseOutcome Parse(Batch<T> batch)
    {
        while (!batch.IsFull && Budget > 0)
        {
            int start = Window.Start;
            if (start == Window.End)
                return ParseOutcome.NeedsInput;
            if (IsBeyondRange(start))
                return ParseOutcome.EndOfRange;
            int feed = Window.Rest.IndexOf((byte)'\n');
            int length = feed < 0 ? Window.Rest.Length : feed;
            if (length > MaxRecordBytes)
            {
                ReportBadLine(start, $"The line is longer than MaxRecordBytes, {MaxRecordBytes:N0}.");
                return ParseOutcome.Full;
            }
            if (feed < 0 && !Window.Final)
                return ParseOutcome.NeedsInput;
            Add(batch, start, start + length, feed < 0 ? Window.End : start + feed + 1);
        }
        return ParseOutcome.Full;
    }

    private void Add(Batch<T> batch, int start, int end, int next)
    {
        ReadOnlySpan<byte> line = Window.Buffer.AsSpan(start, end - start).Trim(" \t\r"u8);
        if (line.Length == 0)
        {
            Window.ConsumeTo(next);
            return;
        }
        if (TryParse(line, out T? record, out string reason))
        {
            batch.Add(record!);
            Window.ConsumeTo(next);
            return;
        }
        ReportBad(start, end > start && Window.Buffer[end - 1] == '\r' ? end - 1 : end, next, reason);
    }

    private bool TryParse(ReadOnlySpan<byte> line, out T? record, out string reason)
    {
        try
        {
            record = JsonSerializer.Deserialize(line, typeInfo);
            reason = record is null ? $"The value is null, which is no {typeof(T).Name}." : "";
            return record is not null;
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or OverflowException)
        {
            // The latter three come from the record's own constructor or converters, which refuse a value so.
            (record, reason) = (default, e.Message);
            return false;
        }
    }
}
