using System.Globalization;
using Gristmill.Flights.Tests;

namespace Gristmill.KafkaCounts.Tests;

/// <summary>What tests that kill something share.</summary>
internal static class Crashes
{
    /// <summary>Records that are produced from one kill to the next.</summary>
    public const int RecordsALife = 3_000;

    /// <summary>Random moments, the same for the same KAFKA_SEED.</summary>
    public static Random Seeded(ITestOutputHelper log)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("KAFKA_SEED"), CultureInfo.InvariantCulture, out int given) ? given : Random.Shared.Next();
        log.WriteLine($"Kill moments by KAFKA_SEED={seed}");
        return new Random(seed);
    }

    /// <summary>Runs the job to its end and looks at all that is out.</summary>
    public static async Task FinishAsync(this Workbench bench)
    {
        await SampleProcess.CompleteAsync(bench.Arguments("--until-end"));
        bench.AssertExact();
    }
}
