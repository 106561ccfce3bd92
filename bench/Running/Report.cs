using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gristmill.Bench;

/// <summary>Says a result, to people or to programs.</summary>
internal static partial class Report
{
    public static string ToJson(RunResult result) => JsonSerializer.Serialize(result, Json.Default.RunResult);

    public static string ToTable(RunResult result)
    {
        List<(string What, string Value)> lines =
        [
            ("query", result.Query),
            ("events", FormattableString.Invariant($"{result.Events:N0}")),
            ("parallelism", FormattableString.Invariant($"{result.Parallelism}")),
            ("result", FormattableString.Invariant($"{result.Rows:N0} rows, {result.Hash}")),
            ("time", FormattableString.Invariant($"{result.Seconds:F3} s, {result.CpuSeconds:F3} s of CPU")),
            ("speed", FormattableString.Invariant($"{result.EventsPerSecond / 1e6:F2} M events/s, {result.Events / result.CpuSeconds / 1e6:F2} M a second of CPU")),
            ("checkpoints", FormattableString.Invariant($"{result.Checkpoints}, {result.CheckpointBytes:N0} bytes")),
            ("each", FormattableString.Invariant($"{result.CheckpointBytesP50:N0} bytes, {result.CheckpointMillisecondsP50:F1} ms (median), the longest {result.CheckpointMillisecondsMax:F1} ms")),
            ("pauses", FormattableString.Invariant($"p50 {result.PauseMillisecondsP50:F2}, p99 {result.PauseMillisecondsP99:F2}, longest {result.PauseMillisecondsMax:F2} ms")),
        ];
        if (result.RecoverySeconds is { } recovery)
            lines.Add(("recovery", FormattableString.Invariant($"{recovery:F3} s")));
        if (result.RescaleStopSeconds is { } stop)
            lines.Add(("rescale", FormattableString.Invariant($"stopped for {stop:F3} s (last checkpoint {result.RescaleLastCheckpointSeconds:F3}, closing {result.RescaleClosingSeconds:F3}, restoring {result.RescaleRestoringSeconds:F3}), prepared in {result.RescalePreparationSeconds:F3} s")));
        return string.Join(Environment.NewLine, lines.Select(line => $"{line.What,-15}{line.Value}"));
    }

    [JsonSerializable(typeof(RunResult))]
    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    private sealed partial class Json : JsonSerializerContext;
}
