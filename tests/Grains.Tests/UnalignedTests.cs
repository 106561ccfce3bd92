using Gristmill.Checkpoints;
using Gristmill.GrainInterfaces;

namespace Gristmill.Grains.Tests;

/// <summary>Barriers overtake what a blocked sink holds back, also between silos.</summary>
public class UnalignedTests
{
    /// <summary>More than two channels between silos have room for without overtaking.</summary>
    private const long MuchInFlight = 5 << 19;

    [Fact]
    public async Task Behind_a_sink_blocked_on_another_silo_checkpoints_complete_and_when_that_silo_is_killed_the_output_is_exact()
    {
        Shared shared = Parcels();
        await using Cluster cluster = await Cluster.StartAsync<ParcelJob>(shared, silos: 3, parallelism: 3, configure: options =>
        {
            OnRequest(options);
            options.Checkpoints.AlignmentTimeout = TimeSpan.FromSeconds(1);
        });
        long checkpoint = await UntilMuchIsInFlightAsync(cluster);
        JobReport report = await cluster.UntilAsync(report => report.Silos.Count == 6, "the placement");
        await cluster.KillAsync(cluster.Silos.First(silo => silo.SiloAddress.ToString() == report.Silos[4]));
        shared.Slow.Open();
        await cluster.CompletedAsync();
        Assert.True(shared.Log.Has($"goes on from checkpoint {checkpoint} "), string.Join(Environment.NewLine, shared.Log.Lines));
        Assert.Equal(ParcelJob.Expected(shared), shared.Rows.Rows.Order(Rows.Order));
    }

    [Theory, InlineData(3, 2), InlineData(2, 4)]
    public async Task What_was_in_flight_between_silos_comes_out_in_order_at_another_parallelism(int before, int after)
    {
        Shared shared = Parcels();
        long checkpoint;
        await using (Cluster cluster = await Cluster.StartAsync<ParcelJob>(shared, silos: 2, parallelism: before, configure: options =>
        {
            OnRequest(options);
            options.Checkpoints.Unaligned = UnalignedCheckpoints.Always;
        }))
        {
            checkpoint = await UntilMuchIsInFlightAsync(cluster);
            await cluster.Job.StopAsync(StopMode.AtOnce);
        }

        shared.Slow.Open();
        await using Cluster other = await Cluster.StartAsync<ParcelJob>(shared, silos: 2, parallelism: after);
        await other.CompletedAsync();
        Assert.True(shared.Log.Has($"goes on from checkpoint {checkpoint} "), string.Join(Environment.NewLine, shared.Log.Lines));
        Assert.Equal(ParcelJob.Expected(shared), shared.Rows.Rows.Order(Rows.Order));
    }

    /// <summary>Takes checkpoints, each of which completes though nothing moves, until one has taken along what waits between silos.</summary>
    private static async Task<long> UntilMuchIsInFlightAsync(Cluster cluster)
    {
        await cluster.UntilAsync(report => report.State == "Running" && cluster.Shared.Slow.Refusals != 0, "a blocked sink");
        for (int i = 0; i < 100; i++)
        {
            long checkpoint = await cluster.Job.CheckpointAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            CheckpointAttempt attempt = (await CheckpointHistory.ReadAsync(cluster.Shared.Store, "job")).Attempts.Last(one => one.Checkpoint == checkpoint);
            Assert.Equal(CheckpointOutcome.Completed, attempt.Outcome);
            if (attempt.InFlightBytes < MuchInFlight)
                continue;
            Assert.True(attempt.Unaligned);
            return checkpoint;
        }

        Assert.Fail("Nothing was in flight at any checkpoint.");
        return 0;
    }

    private static Shared Parcels() => new() { Records = 40_000, Keys = 96 };

    private static void OnRequest(GristmillOptions options) => options.Checkpoints.Periodic = false;
}
