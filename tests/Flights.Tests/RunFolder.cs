using System.Security.Cryptography;

namespace Gristmill.Flights.Tests;

/// <summary>A folder for the output and the checkpoints of a run, gone at the end.</summary>
internal sealed class RunFolder : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("gristmill-flights-");

    public string Output => At("out");

    public string Checkpoints => At("checkpoints");

    public string At(string name) => Path.Combine(_root.FullName, name);

    /// <summary>The options every run in this folder has, and more.</summary>
    public string[] Arguments(params string[] more) => ["--output", Output, "--checkpoints", Checkpoints, .. more];

    /// <summary>The report's rows, in ordinal order.</summary>
    public List<string> Report() => Rows("report", "origin,hour,flights,total_delay_minutes,max_delay_minutes");

    /// <summary>The late rows, in ordinal order.</summary>
    public List<string> Late() => Rows("late", FlightData.Header);

    /// <summary>How many parts of the report are visible.</summary>
    public int PublishedParts() => Directory.Exists(At("out/report")) ? Directory.GetFiles(At("out/report"), "*.csv").Length : 0;

    /// <summary>How often the job's head has moved: once when a process takes the job over, and once a checkpoint.</summary>
    public int HeadMoves()
    {
        string heads = At("checkpoints/flights/head");
        return Directory.Exists(heads)
            ? Directory.EnumerateFiles(heads).Select(path => int.TryParse(Path.GetFileName(path), out int number) ? number : 0).DefaultIfEmpty(0).Max()
            : 0;
    }

    /// <summary>Every file of the output with a hash of its content.</summary>
    public List<string> Snapshot() =>
    [
        .. Directory.EnumerateFiles(Output, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{Path.GetRelativePath(Output, path)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}"),
    ];

    public void Dispose() => _root.Delete(recursive: true);

    private List<string> Rows(string folder, string header)
    {
        var rows = new List<string>();
        if (!Directory.Exists(Path.Combine(Output, folder)))
            return rows;
        foreach (string path in Directory.EnumerateFiles(Path.Combine(Output, folder)))
        {
            Assert.EndsWith(".csv", path, StringComparison.Ordinal);
            string text = File.ReadAllText(path);
            Assert.EndsWith("\n", text, StringComparison.Ordinal);
            string[] lines = text.TrimEnd('\n').Split('\n');
            Assert.Equal(header, lines[0]);
            rows.AddRange(lines.Skip(1));
        }

        rows.Sort(StringComparer.Ordinal);
        return rows;
    }
}
