using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Gristmill.Flights.Tests;

/// <summary>The sample's data, cuts of it, and what comes of it, computed in the plainest way.</summary>
internal static class FlightData
{
    public const string Header = "scheduled,reported,distance,origin,destination";

    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "data", "flights.csv.gz");

    /// <summary>The rows as they stand there.</summary>
    public static string[] Rows { get; } = Read();

    /// <summary>Writes some rows to a file, with the header.</summary>
    public static string Write(string path, IEnumerable<string> rows)
    {
        using FileStream file = File.Create(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        using var writer = new StreamWriter(stream, new UTF8Encoding(false)) { NewLine = "\n" };
        writer.WriteLine(Header);
        foreach (string row in rows)
            writer.WriteLine(row);
        return path;
    }

    /// <summary>The report of some rows, in ordinal order.</summary>
    public static List<string> Report(IEnumerable<string> rows) =>
    [
        .. rows.Select(row => row.Split(','))
            .Select(fields => (Origin: fields[3], Hour: fields[0][..13], Delay: (int)(Time(fields[1]) - Time(fields[0])).TotalMinutes))
            .GroupBy(flight => (flight.Origin, flight.Hour))
            .Select(hour => string.Create(CultureInfo.InvariantCulture,
                $"{hour.Key.Origin},{hour.Key.Hour}:00,{hour.Count()},{hour.Sum(f => f.Delay)},{hour.Max(f => f.Delay)}"))
            .Order(StringComparer.Ordinal),
    ];

    private static DateTime Time(string text) => DateTime.ParseExact(text, "yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);

    private static string[] Read()
    {
        using var stream = new GZipStream(File.OpenRead(Path), CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        Assert.Equal(Header, reader.ReadLine());
        return reader.ReadToEnd().TrimEnd('\n').Split('\n');
    }
}
