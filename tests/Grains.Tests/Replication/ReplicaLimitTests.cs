using Gristmill.Checkpoints;
using Microsoft.Extensions.Options;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests;

/// <summary>Where memory or silos are too few.</summary>
public sealed class ReplicaLimitTests
{
    [Fact]
    public async Task Beyond_the_most_bytes_uploads_fail_and_nothing_else()
    {
        await using Cluster cluster = await Replicas.StartAsync(new Shared(), configure: options => options.MaxBytes = 1 << 20);
        ReplicatedMemoryStore store = cluster.StoreOn(cluster.Silos[0]);
        await store.PutAsync("job/half", new byte[600_000]);
        var error = await Assert.ThrowsAsync<CheckpointStoreException>(() => store.PutAsync("job/other", new byte[600_000]));
        Assert.Contains("MaxBytes, 1048576", error.Message);
        Assert.Contains("set it higher", error.Message);
        await Assert.ThrowsAsync<CheckpointStoreException>(() => store.PutAsync("job/large", new byte[3_000_000]));
        Assert.True(await store.MoveAsync(0, "a"));
        await store.DeleteAsync("job/half");
        await store.PutAsync("job/other", new byte[600_000]);
        Assert.Equal(600_000, await store.GetLengthAsync("job/other"));
    }

    [Fact]
    public async Task A_silo_alone_holds_nothing_unless_that_is_wanted()
    {
        await using Cluster cluster = await Replicas.StartAsync(new Shared(), silos: 1);
        ReplicatedMemoryStore store = cluster.StoreOn(cluster.Silos[0], configure: options => options.Patience = TimeSpan.FromSeconds(2));
        var error = await Assert.ThrowsAsync<CheckpointStoreException>(async () => await store.MoveAsync(0, "a"));
        Assert.Contains("one silo only", error.Message);
        Assert.Contains("AllowOneCopy", error.Message);
        await cluster.AddSiloAsync();
        Assert.True(await cluster.StoreOn(cluster.Silos[0]).MoveAsync(0, "a"));
    }

    [Fact]
    public async Task A_single_copy_is_warned_of_and_gets_a_second_one_when_a_silo_comes()
    {
        var shared = new Shared();
        await using Cluster cluster = await Replicas.StartAsync(shared, silos: 1, configure: options => options.AllowOneCopy = true);
        InProcessSiloHandle first = cluster.Silos[0];
        Assert.True(await cluster.StoreOn(first).MoveAsync(0, "a"));
        Assert.True(shared.Log.Has("has ONE copy"));
        await cluster.AddSiloAsync();
        await Replicas.UntilAsync(async () => (await cluster.SetupAsync()).Backup is not null, "a second copy");
        await cluster.KillAsync(first);
        Assert.Equal("1:a", await cluster.StoreOn(cluster.Silos[0]).HeadAsync());
    }

    [Fact]
    public async Task A_silo_that_goes_in_order_hands_over_what_it_holds()
    {
        await using Cluster cluster = await Replicas.StartAsync(new Shared(), silos: 4, configure: options => options.WatchInterval = TimeSpan.FromMinutes(5));
        Assert.True(await cluster.StoreOn(cluster.Silos[0]).MoveAsync(0, "a"));
        ReplicaSetup before = await cluster.SetupAsync();
        await cluster.StopAsync(cluster.Handle(before.Primary));
        ReplicaSetup after = await cluster.SetupAsync();
        Assert.False(after.Has(before.Primary));
        Assert.NotNull(after.Backup);
        await cluster.KillAsync(cluster.Handle(before.Backup!));
        Assert.Equal("1:a", await cluster.StoreOn(cluster.Silos[0]).HeadAsync());
    }

    [Fact]
    public async Task All_that_is_wrong_with_the_options_is_said_at_once()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => Replicas.StartAsync(new Shared(), configure: options =>
        {
            options.Name = "a/b";
            options.MaxBytes = 5;
            options.ReplyTimeout = TimeSpan.Zero;
            options.Patience = TimeSpan.FromHours(1);
        }));
        Assert.Equal(4, error.Failures.Count());
        Assert.Contains(error.Failures, failure => failure.StartsWith("Name is 'a/b'", StringComparison.Ordinal));
    }
}
