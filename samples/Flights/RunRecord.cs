using System.Text.Json;

namespace Gristmill.Samples.Flights;

/// <summary>
/// What the checkpoints of a run are about. A job goes on from its checkpoints whatever else the command says, so a command
/// that asks for another result is refused: it would get half of each, or, after the end, the old result. So is a run
/// anew into a folder that holds a result already.
/// </summary>
internal sealed record RunRecord(string Input, string Output, string Lateness)
{
    private const string FileName = "flights.run.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>What is wrong with going on from the settings' checkpoints, or null. Of new checkpoints it notes what they are about.</summary>
    public static string? Conflict(Settings settings)
    {
        var asked = new RunRecord(
            settings.Input == Settings.OwnInput ? "(the sample's own)" : Path.GetFullPath(settings.Input),
            Path.GetFullPath(settings.Output), Durations.Format(settings.Lateness));
        string path = Path.Combine(settings.Checkpoints, FileName);
        if (!File.Exists(path))
        {
            if (HoldsResult(settings.Output))
                return $"'{settings.Output}' holds the result of a run whose checkpoints are not in '{settings.Checkpoints}', and two results in one folder are none. "
                    + "Name that run's --checkpoints to go on with it, or another --output, or remove the old result.";
            Write(path, asked);
            return null;
        }

        RunRecord noted = JsonSerializer.Deserialize<RunRecord>(File.ReadAllBytes(path))!;
        return noted == asked ? null : $"The checkpoints in '{settings.Checkpoints}' are of another run: {Differences(noted, asked)}. "
            + "Repeat that one's options to go on with it, or name other --checkpoints and another --output for a run of its own.";
    }

    private static bool HoldsResult(string output) =>
        new[] { FlightDelays.ReportFolder(output), FlightDelays.LateFolder(output) }
            .Any(folder => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.csv").Any());

    private static void Write(string path, RunRecord record)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string partial = $"{path}.{Environment.ProcessId}";
        File.WriteAllBytes(partial, JsonSerializer.SerializeToUtf8Bytes(record, Indented));
        File.Move(partial, path, overwrite: true);
    }

    private static string Differences(RunRecord noted, RunRecord asked)
    {
        (string Option, string Noted, string Asked)[] all =
            [("--input", noted.Input, asked.Input), ("--output", noted.Output, asked.Output), ("--lateness", noted.Lateness, asked.Lateness)];
        return string.Join("; ", all.Where(o => o.Noted != o.Asked).Select(o => $"its {o.Option} is {o.Noted}, not {o.Asked}"));
    }
}
