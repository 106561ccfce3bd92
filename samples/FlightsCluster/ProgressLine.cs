using System.Diagnostics;
using System.Globalization;
using Gristmill.GrainInterfaces;

namespace Gristmill.Samples.FlightsCluster;

/// <summary>A line of progress now and then.</summary>
internal sealed class ProgressLine
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _last = Stopwatch.GetTimestamp();
    private long _records;

    public TimeSpan Since() => Stopwatch.GetElapsedTime(_last);

    public string Next(JobReport report)
    {
        double rate = Math.Max(0, report.RecordsIn - _records) / Since().TotalSeconds;
        _records = report.RecordsIn;
        _last = Stopwatch.GetTimestamp();
        string eventTime = report.Watermark is { } ms
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms).UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
            : "not known yet";
        int silos = report.Silos.Where(silo => silo.Length > 0).Distinct(StringComparer.Ordinal).Count();
        return string.Create(CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(_started):mm\\:ss}  {report.RecordsIn:N0} rows, {rate:N0}/s  event time {eventTime}  {report.Checkpoints:N0} checkpoints  generation {report.Generation} on {silos} silos{(report.State == "Running" ? "" : $"  ({report.State})")}");
    }
}
