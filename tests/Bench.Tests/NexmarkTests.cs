namespace Gristmill.Bench.Tests;

/// <summary>The queries give the known results, whatever happens on the way.</summary>
public class NexmarkTests
{
    private const long Small = 100_000;
    private const long Middle = 1_000_000;

    public static TheoryData<string> Queries => [.. Query.All.Select(query => query.Name)];

    public static TheoryData<string, int> QueriesAndParallelism
        => new(Query.All.SelectMany(query => new[] { (query.Name, 1), (query.Name, 2) }));

    [Theory]
    [MemberData(nameof(QueriesAndParallelism))]
    public Task A_small_run_gives_the_known_result(string query, int parallelism)
        => GivesTheKnownResult(query, 42, Small, settings => settings with { Parallelism = parallelism });

    [Theory]
    [MemberData(nameof(QueriesAndParallelism))]
    public Task A_million_events_give_the_known_result(string query, int parallelism)
        => GivesTheKnownResult(query, 42, Middle, settings => settings with { Parallelism = parallelism });

    [Theory]
    [MemberData(nameof(Queries))]
    public Task Another_seed_and_rate_give_another_known_result(string query)
        => GivesTheKnownResult(query, 7, 2_000_000, settings => settings);

    [Theory]
    [MemberData(nameof(QueriesAndParallelism))]
    public Task Events_out_of_order_give_the_same_result_as_events_in_order(string query, int parallelism)
        => GivesTheKnownResult(query, 42, Small, settings => settings with
        {
            Parallelism = parallelism,
            Numbers = settings.Numbers with { Shuffle = 777 },
        });

    [Theory]
    [MemberData(nameof(QueriesAndParallelism))]
    public async Task A_failure_half_way_changes_nothing_in_the_result(string query, int parallelism)
    {
        RunResult result = await GivesTheKnownResult(query, 42, Middle, settings => settings with
        {
            Parallelism = parallelism,
            CheckpointInterval = TimeSpan.FromMilliseconds(20),
            FailAt = 0.5,
            FailAfterCheckpoint = true,
        });
        Assert.Equal(1, result.Restarts);
        Assert.True(result.Checkpoints > 1, "There was no checkpoint to go back to.");
        Assert.NotNull(result.RecoverySeconds);
    }

    [Fact]
    public Task A_failure_before_the_first_checkpoint_begins_again_at_the_beginning()
        => GivesTheKnownResult("kc", 42, Small, settings => settings with { FailAt = 0.5 });

    [Fact]
    public Task A_failure_among_events_out_of_order_changes_nothing_in_the_result()
        => GivesTheKnownResult("q7", 42, Middle, settings => settings with
        {
            Parallelism = 2,
            Numbers = settings.Numbers with { Shuffle = 5000 },
            CheckpointInterval = TimeSpan.FromMilliseconds(20),
            FailAt = 0.7,
            FailAfterCheckpoint = true,
        });

    [Fact]
    public Task Checkpoints_on_disk_and_a_warm_up_change_nothing_in_the_result()
        => GivesTheKnownResult("kc", 42, Small, settings => settings with
        {
            Store = null,
            Warmup = 10_000,
            CheckpointInterval = TimeSpan.FromMilliseconds(20),
            FailAt = 0.5,
            FailAfterCheckpoint = true,
        });

    private static async Task<RunResult> GivesTheKnownResult(string query, ulong seed, long events, Func<RunSettings, RunSettings> change)
    {
        Expected expected = Expected.Of(query, seed, events);
        var settings = new RunSettings
        {
            Query = Query.Named(query),
            Numbers = new EventNumbers(expected.Events, expected.Seed, expected.Rate, Shuffle: 1),
            Keys = expected.Keys,
            Store = StoreFolder.Memory,
        };
        RunResult result = await BenchRun.RunAsync(change(settings), TestContext.Current.CancellationToken);
        Assert.Equal((expected.Rows, expected.Hash), (result.Rows, result.Hash));
        return result;
    }
}
