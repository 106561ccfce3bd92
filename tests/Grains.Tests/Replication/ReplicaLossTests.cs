using Gristmill.Checkpoints;
using Gristmill.GrainInterfaces;
using Orleans.Core.Internal;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests;

/// <summary>What is in the memory of two silos is there after the loss of either, and whoever is behind a partition changes nothing.</summary>
public sealed class ReplicaLossTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_lost_with_either_silo_and_then_with_the_other(bool primaryFirst)
    {
        var shared = new Shared();
        await using Cluster cluster = await Replicas.StartAsync(shared);
        byte[] large = [.. Enumerable.Range(0, 3_000_000).Select(i => (byte)(i * 7 >> 3))];
        ReplicatedMemoryStore store = cluster.StoreOn(cluster.Silos[0]);
        await store.PutAsync("job/large", large);
        await store.AppendLineAsync("job/lines", "one");
        Assert.True(await store.MoveAsync(0, "a"));

        for (int loss = 0; loss < 2; loss++)
        {
            ReplicaSetup setup = await cluster.SetupAsync();
            InProcessSiloHandle lost = cluster.Handle((loss == 0) == primaryFirst ? setup.Primary : setup.Backup!);
            await cluster.KillAsync(lost);
            await cluster.AddSiloAsync();
            store = cluster.StoreOn(cluster.Silos[0]);
            Assert.Equal(large, await store.GetAsync("job/large"));
            Assert.Equal($"{loss + 1}:{(char)('a' + loss)}", await store.HeadAsync());
            Assert.False(await store.MoveAsync(loss, "z"));
            Assert.True(await store.MoveAsync(loss + 1, $"{(char)('b' + loss)}"));
            await store.AppendLineAsync("job/lines", "two");

            // Held twice again before the next loss.
            await Replicas.UntilAsync(async () => await cluster.SetupAsync() is { Backup: not null } now && now.Epoch > setup.Epoch && !now.Has(lost.SiloAddress), "two silos hold the store again");
        }

        Assert.Equal("one\ntwo\ntwo\n"u8.ToArray(), await cluster.StoreOn(cluster.Silos[1]).GetAsync("job/lines"));
    }

    [Fact]
    public async Task When_both_silos_are_lost_at_once_it_is_said_that_the_content_is_lost_and_what_to_do()
    {
        var shared = new Shared();
        await using Cluster cluster = await Replicas.StartAsync(shared, silos: 4, configure: options => options.WatchInterval = TimeSpan.FromMinutes(5));
        Assert.True(await cluster.StoreOn(cluster.Silos[0]).MoveAsync(0, "a"));
        ReplicaSetup setup = await cluster.SetupAsync();
        InProcessSiloHandle survivor = cluster.OtherThan(setup);
        await Task.WhenAll(cluster.KillAsync(cluster.Handle(setup.Primary)), cluster.KillAsync(cluster.Handle(setup.Backup!)));
        ReplicatedMemoryStore store = cluster.StoreOn(survivor);
        var error = await Assert.ThrowsAsync<CheckpointStoreException>(async () => await store.ReadHeadAsync("job"));
        Assert.Contains("its content is lost", error.Message);
        Assert.Contains("CopyTo", error.Message);
        Assert.Contains("another Name", error.Message);
    }

    [Fact]
    public async Task Calls_of_an_older_epoch_are_refused_by_all_who_held_it()
    {
        await using Cluster cluster = await Replicas.StartAsync(new Shared());
        ReplicatedMemoryStore store = cluster.StoreOn(cluster.Silos[0]);
        Assert.True(await store.MoveAsync(0, "a"));
        ReplicaSetup old = await cluster.SetupAsync();
        ReplicaSetup now = (await cluster.DirectoryOf().ReconfigureAsync(old.Epoch, null)).Setup!;
        Assert.True(now.Epoch > old.Epoch);
        ReplicaServices services = cluster.ServicesIn(cluster.Silos[0]);
        var move = new ReplicaCommand(Guid.NewGuid(), Protocol.ReplicaOperationKind.MoveHead, 0, "job", default, 1, [1], 0);
        var head = new ReplicaQuestion(ReplicaQuestionKind.Head, "job", 0, 0);
        foreach (SiloAddress silo in new[] { old.Primary, old.Backup! })
        {
            ReplicaSetup asPrimary = old with { Primary = silo, Backup = silo.Equals(old.Primary) ? old.Backup : old.Primary };
            Assert.NotEqual(Protocol.ReplicaAnswer.Accepted, (await services.CallAsync(silo, "", one => one.SubmitAsync(asPrimary, move), Cluster.Bound, TimeProvider.System)).Answer);
            Assert.NotEqual(Protocol.ReplicaAnswer.Accepted, (await services.CallAsync(silo, "", one => one.ReadAsync(asPrimary, head), Cluster.Bound, TimeProvider.System)).Answer);
            Assert.NotEqual(Protocol.ReplicaAnswer.Accepted, await services.CallAsync(silo, "", one => one.ReplicateAsync("checkpoints", old.Epoch, 2, move), Cluster.Bound, TimeProvider.System));
        }

        // The same handle goes on by the new epoch.
        Assert.Equal("1:a", await store.HeadAsync());
        Assert.True(await store.MoveAsync(1, "b"));
    }

    [Fact]
    public async Task Of_two_generations_one_moves_each_version_however_often_the_silos_change()
    {
        await using Cluster cluster = await Replicas.StartAsync(new Shared());
        ICheckpointStore[] stores = [.. cluster.Silos.Select(silo => cluster.StoreOn(silo))];
        Assert.True(await stores[0].MoveAsync(0, "0"));
        using var done = new CancellationTokenSource();
        Task<int> changes = Task.Run(async () =>
        {
            int made = 0;
            while (!done.IsCancellationRequested)
            {
                ReplicaSetup setup = await cluster.SetupAsync();
                if ((await cluster.DirectoryOf().ReconfigureAsync(setup.Epoch, null)).Setup?.Epoch > setup.Epoch)
                    made++;
            }

            return made;
        });
        for (int version = 1; version <= 60; version++)
        {
            bool[] moved = await Task.WhenAll(stores.Select((store, i) => Task.Run(async () => await store.MoveAsync(version, $"{version}:{i}"))));
            Assert.Equal(1, moved.Count(won => won));
            Assert.Equal($"{version + 1}:{version}:{Array.IndexOf(moved, true)}", await stores[version % 3].HeadAsync());
        }

        await done.CancelAsync();
        Assert.True(await changes > 3, "the silos have hardly changed");
    }

    [Fact]
    public async Task A_move_whose_answer_is_lost_is_made_once_and_known_to_be_made()
    {
        await using Cluster cluster = await Replicas.StartAsync(new Shared());
        InProcessSiloHandle client = cluster.Silos[0];
        ReplicatedMemoryStore store = cluster.StoreOn(client);
        await store.AppendLineAsync("job/lines", "one");
        ReplicaSetup before = await cluster.SetupAsync();
        int lost = 0;
        cluster.ServicesIn(client).Answering = (_, what) => what == nameof(IReplicaService.SubmitAsync) && Interlocked.Increment(ref lost) % 2 == 1
            ? Task.FromException(new TimeoutException("the answer is lost"))
            : Task.CompletedTask;
        Assert.True(await store.MoveAsync(0, "a"));
        await store.PutAsync("job/object", [1, 2, 3]);
        await store.AppendLineAsync("job/lines", "two");
        Assert.Equal(6, lost);
        Assert.Equal("1:a", await store.HeadAsync());
        Assert.Equal("one\ntwo\n"u8.ToArray(), await store.GetAsync("job/lines"));
        Assert.True((await cluster.SetupAsync()).Epoch > before.Epoch);
    }

    [Fact]
    public async Task A_backup_that_does_not_answer_is_replaced_and_a_primary_alone_acknowledges_nothing()
    {
        await using Cluster cluster = await Replicas.StartAsync(new Shared());
        ReplicatedMemoryStore store = cluster.StoreOn(cluster.Silos[0]);
        Assert.True(await store.MoveAsync(0, "a"));
        ReplicaSetup before = await cluster.SetupAsync();
        ReplicaServices primary = cluster.ServicesIn(cluster.Handle(before.Primary));
        primary.Calling = (silo, what) => silo.Equals(before.Backup) && what is nameof(Protocol.Replica.Replicate) or nameof(Protocol.Replica.Confirm)
            ? Task.FromException(new TimeoutException("a partition"))
            : Task.CompletedTask;
        Assert.True(await store.MoveAsync(1, "b"));
        ReplicaSetup after = await cluster.SetupAsync();
        Assert.True(after.Epoch > before.Epoch);
        Assert.False(after.Has(before.Backup!));
        Assert.Equal("2:b", await cluster.StoreOn(cluster.Silos[2]).HeadAsync());
    }

    [Fact]
    public async Task Grain_storage_that_has_forgotten_is_told_by_who_holds_the_store()
    {
        var shared = new Shared();
        await using Cluster cluster = await Replicas.StartAsync(shared);
        ReplicatedMemoryStore store = cluster.StoreOn(cluster.Silos[0]);
        Assert.True(await store.MoveAsync(0, "a"));
        ReplicaSetup before = await cluster.SetupAsync();
        foreach (string key in shared.GrainStates.Keys.Where(key => key.EndsWith("/replicas", StringComparison.Ordinal)))
            shared.GrainStates.TryRemove(key, out _);
        await cluster.DirectoryOf().AsReference<IGrainManagementExtension>().DeactivateOnIdle();
        await Replicas.UntilAsync(async () => (await cluster.SetupAsync()).Epoch > before.Epoch + 1000, "an epoch well above those given out");
        Assert.True(shared.Log.Has("grain storage does not know who holds it"));
        ReplicaSetup after = await cluster.SetupAsync();
        Assert.Equal("1:a", await store.HeadAsync());

        // Which silo became the backup is not known; who asks must not be the one that goes.
        store = cluster.StoreOn(cluster.Silos.First(silo => !silo.SiloAddress.Equals(cluster.Handle(after.Backup!).SiloAddress)));
        await cluster.KillAsync(cluster.Handle(after.Backup!));
        Assert.True(await store.MoveAsync(1, "b"));
        Assert.Equal("2:b", await store.HeadAsync());
    }

    [Fact]
    public async Task A_job_survives_the_loss_of_each_silo_in_turn_without_any_storage_account()
    {
        var shared = new Shared { Records = 12_000, PerSecond = 800 };
        await using Cluster cluster = await Replicas.StartAsync(shared, start: true);
        foreach (InProcessSiloHandle silo in cluster.Silos)
        {
            JobReport running = await cluster.UntilAsync(report => report.State is "Running" or "Completed" && report.Checkpoints > 1, "a checkpoint");
            Assert.Equal("Running", running.State);
            await Replicas.UntilAsync(async () => await cluster.SetupAsync() is { Backup: not null } setup && cluster.Silos.Count(one => setup.Has(one.SiloAddress)) == 2, "two silos hold the store");
            await cluster.KillAsync(silo);
            await cluster.AddSiloAsync();
            await cluster.UntilAsync(report => report.Generation > running.Generation && report.State is "Running" or "Completed", "the next generation");
        }

        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }
}
