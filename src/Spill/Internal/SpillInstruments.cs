using System.Diagnostics.Metrics;

namespace Gristmill.Spill;

/// <summary>What spilling costs, for all jobs of the process.</summary>
internal static class SpillInstruments
{
    private static readonly Meter Meter = new("Gristmill.Spill");

    /// <summary>Rises faster than records come in where the budget is too small: keys go out and come back.</summary>
    public static Counter<long> Read { get; } = Meter.CreateCounter<long>("gristmill.spill.read", "{entry}", "Entries read back from spill logs, for records, snapshots and compaction.");

    public static Counter<long> Written { get; } = Meter.CreateCounter<long>("gristmill.spill.written", "By", "Bytes written to spill logs.");

    public static UpDownCounter<long> Held { get; } = Meter.CreateUpDownCounter<long>("gristmill.spill.size", "By", "Bytes in spill logs, garbage included.");
}
