using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using Gristmill.AzureStorage;
using Gristmill.Checkpoints;
using Gristmill.Flights.Tests;
using Gristmill.GrainInterfaces;
using Gristmill.Silo.Tests.Support;

namespace Gristmill.Silo.Tests;

[Collection(nameof(LocalCluster))]
public class KillTests(ITestOutputHelper log)
{
    private const int Kills = 5;

    /// <summary>Seconds as a rule; more than this, and it was the reminder that brought the job back.</summary>
    private const double LongestRecovery = 20;

    /// <summary>The input is slowed down to take this long, so that five lives fit in.</summary>
    private const double ReadingSeconds = 75;

    [Fact]
    public Task Silos_killed_five_times_in_turn_leave_the_output_of_an_undisturbed_run() => KillAllInTurnAsync([], store: null);

    [Fact]
    public async Task The_same_with_checkpoints_in_blobs()
    {
        string? azurite = Environment.GetEnvironmentVariable("GRISTMILL_AZURITE");
        Assert.SkipWhen(string.IsNullOrEmpty(azurite), "GRISTMILL_AZURITE is not set; set it to the connection string of an Azurite (docs/azure.md says how to start one).");
        var container = new AzureBlobContainer(azurite!, $"silo-tests-{Guid.NewGuid():N}", options => options.CreateIfMissing = true);
        await KillAllInTurnAsync(
            new()
            {
                ["Gristmill__Checkpoints__Kind"] = "AzureBlobs",
                ["Gristmill__Checkpoints__ConnectionString"] = azurite!,
                ["Gristmill__Checkpoints__Container"] = container.Name,
            },
            new BlobCheckpointStore(container));
    }

    [Fact]
    public Task The_same_with_checkpoints_in_the_clusters_database_a_second_store_and_copies_on_each_silos_disk()
    {
        DirectoryInfo second = Directory.CreateTempSubdirectory("gristmill-second-");
        return KillAllInTurnAsync(
            new()
            {
                ["Gristmill__Checkpoints__Kind"] = "PostgreSql",
                ["Gristmill__Checkpoints__CopyTo__Folder"] = second.FullName,
                ["GRISTMILL_LOCAL_COPIES"] = "yes",
            },
            store: null,
            async (cluster, end) =>
            {
                StoredHead? copied = await new FileCheckpointStore(second.FullName).ReadHeadAsync(LocalCluster.Job, TestContext.Current.CancellationToken);
                Assert.Equal(end.Checkpoint, HeadContent.Decode(copied!.Content, "the head of the copy").Newest!.Checkpoint);
                Assert.All(Enumerable.Range(1, LocalCluster.Silos), silo => Assert.NotEmpty(cluster.CopiesOf(silo)));
                second.Delete(recursive: true);
            });
    }

    private async Task KillAllInTurnAsync(Dictionary<string, string> storeSettings, ICheckpointStore? store, Func<LocalCluster, JobReport, Task>? look = null)
    {
        Assert.SkipWhen(LocalCluster.Missing() is not null, LocalCluster.Missing() ?? "");
        string input = Environment.GetEnvironmentVariable("GRISTMILL_FLIGHTS_CSV") is { Length: > 0 } given ? given : FlightData.Path;
        string[] rows = Rows(input);
        using var folder = new RunFolder();
        var clock = Stopwatch.StartNew();
        await using LocalCluster cluster = await LocalCluster.StartAsync(folder, new(storeSettings)
        {
            ["Flights__Input"] = input,
            ["Flights__RowsPerSecond"] = (rows.Length / ReadingSeconds).ToString("F0", CultureInfo.InvariantCulture),
            ["Gristmill__Checkpoints__Interval"] = "00:00:00.500",
            ["Gristmill__Parallelism"] = "3",
        }, store);
        log.WriteLine($"{rows.Length:N0} rows; {LocalCluster.Silos} silos ready after {clock.Elapsed.TotalSeconds:F1} s");

        List<double> seconds = [];
        for (int kill = 0; kill < Kills; kill++)
            seconds.Add(await KillOnceAsync(cluster, (kill % LocalCluster.Silos) + 1, restartAtOnce: kill % 2 == 1));

        JobReport end = await cluster.CompletedAsync();
        log.WriteLine($"From kill to the next committed checkpoint: {string.Join(", ", seconds.Select(s => $"{s:F2}"))} s; median {seconds.Order().ElementAt(Kills / 2):F2} s, longest {seconds.Max():F2} s");
        log.WriteLine($"Complete in generation {end.Generation} after {clock.Elapsed.TotalSeconds:F1} s, {(await cluster.CompleteAsync()).Count} checkpoints");
        Assert.All(seconds, recovery => Assert.InRange(recovery, 0, LongestRecovery));
        Assert.True(end.Generation > Kills, $"{Kills} kills led to {end.Generation} generations only.");
        Assert.Equal(FlightData.Report(rows), folder.Report());
        Assert.Empty(folder.Late());
        if (look is not null)
            await look(cluster, end);
    }

    /// <summary>Kills a silo and starts it again: at once, as an orchestrator does, or when the others have gone on without it.</summary>
    /// <returns>Seconds from the kill to the next committed checkpoint.</returns>
    private async Task<double> KillOnceAsync(LocalCluster cluster, int silo, bool restartAtOnce)
    {
        // A checkpoint in the middle of a life, on silos which are all there.
        await cluster.CheckpointAfterAsync(DateTimeOffset.UtcNow);
        JobReport before = await cluster.ReportAsync("the job was running", report => report.State == "Running");
        DateTimeOffset killed = cluster.Kill(silo);
        Task restart = restartAtOnce ? cluster.StartSiloAsync(silo) : Task.CompletedTask;
        CheckpointAttempt next = await cluster.CheckpointAfterAsync(killed);
        double seconds = (next.StartedAt - killed).TotalSeconds + next.DurationMs / 1000;
        log.WriteLine($"Silo {silo} killed in generation {before.Generation} on {before.Silos.Distinct().Count()} silos, {(restartAtOnce ? "started again at once" : "started again afterwards")}: "
            + $"checkpoint {next.Checkpoint} of generation {next.Generation} committed {seconds:F2} s later");
        if (!restartAtOnce)
            restart = cluster.StartSiloAsync(silo);
        await restart;
        return seconds;
    }

    private static string[] Rows(string path)
    {
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        Assert.Equal(FlightData.Header, reader.ReadLine());
        return reader.ReadToEnd().TrimEnd('\n').Split('\n');
    }
}
