using Gristmill.Client;
using Gristmill.GrainInterfaces;

namespace Gristmill.Grains.Tests;

/// <summary>Keyed state, looked up by a client.</summary>
public class StateQueryTests
{
    private static readonly StateAddress Count = new("count");

    [Fact]
    public async Task A_client_reads_live_state_from_the_subtask_that_has_the_key_on_whatever_silo()
    {
        var shared = new Shared { Records = 10_000_000, PerSecond = 2_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, configure: options => options.Checkpoints.Periodic = false);
        IGristmillClient client = cluster.Client;
        await cluster.UntilAsync(report => report.RecordsIn > 0 && report.Silos.Distinct().Count() == 3, "the first records, on all silos");
        long[] first = await CountsAsync(client, shared, StateView.Live);
        Assert.All(await CountsAsync(client, shared, StateView.Live), (now, key) => Assert.True(now >= first[key]));
        Assert.False((await client.QueryStateAsync<long, long>("job", Count, shared.Keys)).Found);

        // Each record counted gives a row, and behind the last checkpoint there are no others.
        JobReport stopped = await cluster.Job.StopAsync(StopMode.WithCheckpoint);
        Assert.Equal(shared.Rows.Count, (await CountsAsync(client, shared, StateView.LastCheckpoint)).Sum());
        Assert.Equal(stopped.Checkpoint, (await client.QueryStateAsync<long, long>("job", Count, 1, StateView.LastCheckpoint)).Checkpoint);
        JobOperationException ended = await Assert.ThrowsAsync<JobOperationException>(() => client.QueryStateAsync<long, long>("job", Count, 1));
        Assert.Contains("last checkpoint", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_names_and_types_are_said_to_the_client()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 1);
        IGristmillClient client = cluster.Client;
        await cluster.UntilAsync(report => report.Checkpoints > 0, "a checkpoint");
        foreach (StateView view in Enum.GetValues<StateView>())
        {
            JobOperationException error = await Assert.ThrowsAsync<JobOperationException>(() => client.QueryStateAsync<long, long>("job", new StateAddress("counts"), 1, view));
            Assert.Contains("'count'", error.Message, StringComparison.Ordinal);
            error = await Assert.ThrowsAsync<JobOperationException>(() => client.QueryStateAsync<string, long>("job", Count, "1", StateView.Live));
            Assert.Contains("string", error.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<StateQueryException>(() => client.QueryStateAsync<long, Guid>("job", Count, 1, view));
        }

        await Assert.ThrowsAsync<UnknownJobException>(() => client.QueryStateAsync<long, long>("jobb", Count, 1));
    }

    private static async Task<long[]> CountsAsync(IGristmillClient client, Shared shared, StateView view)
    {
        var counts = new long[shared.Keys];
        for (long key = 0; key < counts.Length; key++)
            counts[key] = (await client.QueryStateAsync<long, long>("job", Count, key, view)).Value;
        return counts;
    }
}
