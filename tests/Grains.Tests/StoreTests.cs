using System.Collections.Concurrent;
using Gristmill.Checkpoints;
using Gristmill.GrainInterfaces;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests;

/// <summary>A second store, and copies on the silos' own disks.</summary>
public sealed class StoreTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("gristmill-stores-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task When_the_first_store_is_gone_a_job_goes_on_from_the_second_on_another_cluster()
    {
        var shared = new Shared { Records = 4_000, PerSecond = 1_000 };
        JobReport stopped;
        await using (Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 2, configure: options =>
        {
            options.Checkpoints.Store = Files("first");
            options.Checkpoints.CopyTo = Files("second");
        }))
        {
            await cluster.UntilAsync(report => report.Copy is { LastCheckpoint: > 0, LastCopiedAt: not null, Bytes: > 0, Failures: 0, LastError: null }, "a copy");
            stopped = await cluster.Job.StopAsync(StopMode.WithCheckpoint);
            Assert.Equal(stopped.Checkpoint, stopped.Copy!.LastCheckpoint);
        }

        Directory.Delete(Folder("first"), recursive: true);
        await using Cluster other = await Cluster.StartAsync<CountJob>(shared, silos: 2, configure: options => options.Checkpoints.Store = Files("second"));
        JobReport completed = await other.CompletedAsync();
        Assert.True(shared.Log.Has($"goes on from checkpoint {stopped.Checkpoint} "), string.Join(Environment.NewLine, shared.Log.Lines));
        Assert.True(completed.Generation > stopped.Generation + 1000, $"generation {completed.Generation}");
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task A_silo_restores_what_it_wrote_from_its_own_disk_and_fetches_only_what_another_wrote()
    {
        var shared = new Shared { Records = 12_000, PerSecond = 800 };
        var fetched = new ConcurrentBag<(string Silo, string Name)>();
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 4, parallelism: 4, configureSilo: (name, silo) =>
            silo.Services.PostConfigure<GristmillOptions>("job", options =>
            {
                var troubles = new Troubles
                {
                    Reading = read =>
                    {
                        fetched.Add((name, read));
                        return Task.CompletedTask;
                    },
                };
                options.Checkpoints.Store = new TroubledStore(Files("shared"), troubles);
                options.Checkpoints.LocalCopies = new LocalCopyOptions { Folder = Folder($"copies-{name}") };
            }));
        JobReport first = await cluster.UntilAsync(report => report.Checkpoints > 2 && report.Silos.Count == 8, "checkpoints");
        string home = cluster.CoordinatorHome().SiloAddress.ToString();
        InProcessSiloHandle lost = cluster.Silos.First(silo => silo.SiloAddress.ToString() != home);
        Dictionary<string, long> before = cluster.Silos.ToDictionary(silo => silo.SiloAddress.ToString(), silo => CopiesOf(cluster, silo).LocalReads);
        fetched.Clear();
        await cluster.KillAsync(lost);
        JobReport second = await cluster.UntilAsync(
            report => report.Generation > first.Generation && report.State == "Running" && report.Checkpoints > first.Checkpoints && report.Silos.All(silo => silo.Length != 0), "the second generation");

        // Who stays keeps his subtasks; the coordinator's silo verifies all of a checkpoint, also what others wrote.
        List<int> kept = [.. Enumerable.Range(0, 8).Where(number => second.Silos[number] == first.Silos[number])];
        Assert.Equal(6, kept.Count);
        Assert.All(kept.Select(number => second.Silos[number]).Distinct(), silo => Assert.True(CopiesOf(cluster, Handle(cluster, silo)).LocalReads > before[silo], silo));
        Assert.All(kept, number => Assert.DoesNotContain(
            fetched, read => read.Silo == NameOf(cluster, Handle(cluster, second.Silos[number])) && read.Name.EndsWith($"node{number}.state", StringComparison.Ordinal)));
        foreach (int moved in Enumerable.Range(4, 4).Except(kept))
            Assert.Contains(fetched, read => read.Silo == NameOf(cluster, Handle(cluster, second.Silos[moved])) && read.Name.EndsWith($"node{moved}.state", StringComparison.Ordinal));
        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    private static LocalCopyStatus CopiesOf(Cluster cluster, InProcessSiloHandle silo)
        => ((LocalCopyStore)cluster.ServicesOf(silo).GetRequiredService<IOptionsMonitor<GristmillOptions>>().Get("job").Checkpoints.EffectiveStore()!).Status;

    private static string NameOf(Cluster cluster, InProcessSiloHandle silo) => cluster.ServicesOf(silo).GetRequiredService<ILocalSiloDetails>().Name;

    private static InProcessSiloHandle Handle(Cluster cluster, string address) => cluster.Silos.First(silo => silo.SiloAddress.ToString() == address);

    private string Folder(string name) => Path.Combine(_root.FullName, name);

    private FileCheckpointStore Files(string name) => new(Folder(name), shared: true);
}
