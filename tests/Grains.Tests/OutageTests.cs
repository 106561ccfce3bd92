using Gristmill.Checkpoints;
using Gristmill.GrainInterfaces;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests;

/// <summary>Parts of the cluster that fail, hang or do not fit, for a while or for good.</summary>
public class OutageTests
{
    [Fact]
    public async Task A_reminder_that_can_not_be_set_keeps_no_job_from_running_and_is_set_later()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        shared.Troubles.Reminders = new IOException("no reminders today");
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 1);
        await cluster.UntilAsync(report => report.Checkpoints > 0, "a checkpoint");
        Assert.True(shared.Log.Has("no reminders today"), Log(shared));
        shared.Troubles.Reminders = null;
        await cluster.UntilAsync(_ => shared.Troubles.RemindersSet > 0, "the reminder");
    }

    [Fact]
    public async Task Without_grain_storage_a_job_goes_on_and_is_taken_over_only_when_that_can_be_stored()
    {
        var shared = new Shared { Records = 8_000, PerSecond = 800 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared);
        JobReport before = await cluster.UntilAsync(report => report.Checkpoints > 0 && report.State == "Running", "a checkpoint");
        shared.Troubles.Storage = new IOException("the database is away");
        await cluster.UntilAsync(report => report.Checkpoints > before.Checkpoints, "another checkpoint");

        await cluster.KillAsync(cluster.CoordinatorHome());
        var coordinator = cluster.Grains.GetGrain<ICheckpointCoordinatorGrain>("job");
        await Assert.ThrowsAnyAsync<Exception>(coordinator.LookAfterAsync);
        StoredHead head = (await shared.Store.ReadHeadAsync("job"))!;
        Assert.Equal(before.Generation, HeadContent.Decode(head.Content, "head").Generation);

        shared.Troubles.Storage = null;
        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task A_membership_that_can_not_be_read_keeps_no_generation_from_beginning()
    {
        var shared = new Shared { Records = 6_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared);
        JobReport report = await cluster.UntilAsync(report => report.Checkpoints > 0 && report.State == "Running" && report.Silos.Count == 8, "a checkpoint");
        shared.Troubles.Membership = new IOException("the database is away");

        // A subtask that is closed behind the coordinator's back ends the generation.
        await cluster.Grains.GetGrain<IOperatorGrain>(cluster.SubtaskKeys(report)[0]).CloseAsync();
        await cluster.UntilAsync(report => report.Generation == 2 && report.State is "Running" or "Completed", "the second generation");
        shared.Troubles.Membership = null;
        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task An_epoch_stream_that_hangs_delays_nothing()
    {
        var shared = new Shared { Records = 3_000, PerSecond = 1_000 };
        var never = new TaskCompletionSource();
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, configureCluster: options => options.Subscribing = () => never.Task);
        JobReport report = await cluster.CompletedAsync();
        Assert.Equal(1, report.Generation);
        Assert.True(report.Checkpoints > 1, $"{report.Checkpoints} checkpoints");
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task A_silo_with_another_version_of_the_job_is_left_out_and_uses_up_no_restart()
    {
        var shared = new Shared { Records = 4_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, configure: options => options.Restart.MostAttempts = 1, start: false, configureSilo: (name, silo) =>
        {
            if (name == "Silo_2")
                silo.Services.PostConfigureAll<GristmillOptions>(options => options.KeyGroups = 64);
        });
        InProcessSiloHandle other = cluster.Silos.Single(silo => silo.Name == "Silo_2");

        // The version that counts is the coordinator's: let it be one of the two.
        await cluster.PlaceCoordinatorAsync(cluster.Silos.First(silo => silo.Name != "Silo_2"));
        await cluster.Job.StartAsync();
        JobReport report = await cluster.UntilAsync(report => report.State == "Running" && report.Silos.Count == 8 && report.Silos.All(silo => silo.Length != 0), "the placement");
        Assert.Equal(2, report.Silos.Distinct().Count());
        Assert.DoesNotContain(other.SiloAddress.ToString(), report.Silos);
        Assert.True(shared.Log.Has("another version of job 'job'"), Log(shared));
        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task Stores_that_are_not_shared_are_refused_by_name()
    {
        var shared = new Shared { Records = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(
            shared, silos: 2,
            configureCluster: options => options.LongestStoreLag = TimeSpan.FromMilliseconds(500),
            configureSilo: (_, silo) => silo.Services.PostConfigureAll<GristmillOptions>(options => options.Checkpoints.Store = new MemoryCheckpointStore()));
        JobReport report = await cluster.UntilAsync(report => report.State == "Failed", "the refusal");
        Assert.Contains("they are not the same store", report.Error, StringComparison.Ordinal);
        Assert.Contains("knows nothing of job 'job'", report.Error, StringComparison.Ordinal);
        Assert.Equal(0, shared.Rows.Count);
    }

    [Fact]
    public async Task A_restore_may_take_longer_than_a_call_and_nobody_is_suspected_for_it()
    {
        var shared = new Shared { Records = 6_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(
            shared, configure: options => options.Restart.MostAttempts = 1,
            configureSilo: (_, silo) => silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(2)));
        await cluster.UntilAsync(report => report.Checkpoints > 0, "a checkpoint");
        await cluster.Job.StopAsync(StopMode.WithCheckpoint);

        // The coordinator reads the manifest and the positions; the state is read by the subtasks.
        var slow = new SemaphoreSlim(1);
        int waited = 0;
        shared.Troubles.Reading = async name =>
        {
            if (!name.Contains(".state", StringComparison.Ordinal) || Interlocked.Increment(ref waited) > 20)
                return;
            await slow.WaitAsync(TestContext.Current.CancellationToken);
            await Task.Delay(300, TestContext.Current.CancellationToken);
            slow.Release();
        };
        await cluster.Job.StartAsync();
        JobReport report = await cluster.UntilAsync(report => report.State == "Running" && report.Silos.Distinct().Count() == 3, "the second generation");
        Assert.Equal(2, report.Generation);
        Assert.Equal(0, report.Restarts);
        Assert.True(waited > 20, $"{waited} reads");
        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task A_suspected_silo_is_left_out_only_until_it_answers()
    {
        var shared = new Shared { Records = 10 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared);
        IReadOnlyList<InProcessSiloHandle> silos = cluster.Silos;
        IServiceProvider services = cluster.ServicesOf(silos[0]);
        using var choice = new SiloChoice(
            "job", silos[0].SiloAddress, services.GetRequiredService<ISiloStatusOracle>(), cluster.Grains, services.GetRequiredService<GristmillClusterOptions>(), TimeProvider.System);
        choice.Suspect(silos[1].SiloAddress);
        Assert.DoesNotContain(silos[1].SiloAddress, choice.Choose());
        await cluster.UntilAsync(_ => choice.Choose().Contains(silos[1].SiloAddress), "the silo's return");

        await cluster.KillAsync(silos[2]);
        choice.Suspect(silos[2].SiloAddress);
        Assert.DoesNotContain(silos[2].SiloAddress, choice.Choose());
        await cluster.UntilAsync(_ => !choice.IsActive(silos[2].SiloAddress), "the silo's death");
        Assert.DoesNotContain(silos[2].SiloAddress, choice.Choose());
    }

    private static string Log(Shared shared) => string.Join(Environment.NewLine, shared.Log.Lines);
}
