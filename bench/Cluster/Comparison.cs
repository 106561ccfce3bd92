using System.Globalization;

namespace Gristmill.Bench;

/// <summary>The same query embedded, on one silo and on two, in turns.</summary>
internal static class Comparison
{
    public static async Task<int> RunAsync(RunSettings settings, int rounds, CancellationToken cancellationToken)
    {
        var speeds = new Dictionary<string, List<double>> { ["embedded"] = [], ["one silo"] = [], ["two silos"] = [] };
        string? hash = null;
        double bytesPerRecord = 0;
        for (int round = 0; round < rounds; round++)
        {
            RunResult embedded = await BenchRun.RunAsync(settings, cancellationToken);
            hash ??= embedded.Hash;
            speeds["embedded"].Add(embedded.EventsPerSecond);
            foreach ((string name, int silos) in new[] { ("one silo", 1), ("two silos", 2) })
            {
                ClusterResult result = await ClusterRun.RunAsync(settings, silos, cancellationToken);
                if (result.Hash != hash)
                    throw new BenchFailedException($"{name}: the result is {result.Hash}, embedded it was {hash}.", null);
                speeds[name].Add(result.EventsPerSecond);
                bytesPerRecord = result.BytesPerRecord;
            }
        }

        double median = Median(speeds["embedded"]);
        foreach ((string name, List<double> all) in speeds)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{settings.Query.Name,-4}{name,-12}{Median(all) / 1e6,7:F2} M events/s {Median(all) / median,6:P0} of embedded"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{settings.Query.Name,-4}between silos: {bytesPerRecord:F1} bytes a record; all results {hash}"));
        return 0;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
