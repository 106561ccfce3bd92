using System.Globalization;
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
            ("events", Text($"{result.Events:N0}")),
            ("parallelism", Text($"{result.Parallelism}")),
            ("result", Text($"{result.Rows:N0} rows, {result.Hash}")),
            ("time", Text($"{result.Seconds:F3} s, {result.CpuSeconds:F3} s of CPU")),
            ("speed", Text($"{result.EventsPerSecond / 1e6:F2} M events/s, {result.Events / result.CpuSeconds / 1e6:F2} M a second of CPU")),
            ("checkpoints", Text($"{result.Checkpoints}, {result.CheckpointBytes:N0} bytes")),
            ("each", Text($"{result.CheckpointBytesP50:N0} bytes, {result.CheckpointMillisecondsP50:F1} ms (median), the longest {result.CheckpointMillisecondsMax:F1} ms")),
            ("pauses", Text($"p50 {result.PauseMillisecondsP50:F2}, p99 {result.PauseMillisecondsP99:F2}, longest {result.PauseMillisecondsMax:F2} ms")),
        ];
        if (result.RecoverySeconds is { } recovery)
            lines.Add(("recovery", Text($"{recovery:F3} s")));
        if (result.RescaleStopSeconds is { } stop)
            lines.Add(("rescale", Text($"stopped for {stop:F3} s (last checkpoint {result.RescaleLastCheckpointSeconds:F3}, closing {result.RescaleClosingSeconds:F3}, restoring {result.RescaleRestoringSeconds:F3}), prepared in {result.RescalePreparationSeconds:F3} s")));
        return string.Join(Environment.NewLine, lines.Select(line => $"{line.What,-15}{line.Value}"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [JsonSerializable(typeof(RunResult))]
    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    private sealed partial class Json : JsonSerializerContext;
}
