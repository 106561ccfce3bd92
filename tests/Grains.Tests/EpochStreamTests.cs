using System.Text;
using Gristmill.GrainInterfaces;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Gristmill.Grains.Tests;

/// <summary>What the streams of epochs leave in the store of subscriptions.</summary>
public class EpochStreamTests
{
    /// <summary>A generation's row is named after its stream, and has the type and key of each grain that has subscribed.</summary>
    [Fact]
    public async Task No_subscription_is_left_at_the_end_of_a_job_neither_of_its_last_generation_nor_of_killed_subtasks()
    {
        var shared = new Shared { Records = 6_000, PerSecond = 800 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(
            shared, configureSilo: (_, silo) => silo.Services.AddKeyedSingleton<IGrainStorage, SharedStorage>("PubSubStore"));
        JobReport first = await cluster.UntilAsync(report => report.Checkpoints > 1 && Subscribed(shared).Contains(Row(report.Generation)), "the first generation's subscriptions");
        await cluster.KillAsync(cluster.Silos.First(silo => silo.SiloAddress.ToString() != cluster.CoordinatorHome().SiloAddress.ToString()));
        await cluster.UntilAsync(
            report => report.Generation > first.Generation && Subscribed(shared).Contains(Row(report.Generation)), "the second generation's");
        await cluster.CompletedAsync();
        await cluster.UntilAsync(_ => Subscribed(shared).Count == 0, "a store without subscriptions");
        Assert.False(shared.Log.Has("could not be cleared"), string.Join(Environment.NewLine, shared.Log.Lines));
    }

    private static string Row(long generation) => $"job/{generation}";

    private static List<string> Subscribed(Shared shared)
        => [.. shared.GrainStates
            .Where(state => state.Key.Contains("gristmill-epochs/", StringComparison.Ordinal) && Encoding.UTF8.GetString(state.Value.Data).Contains("operator", StringComparison.Ordinal))
            .Select(state => state.Key.Split("gristmill-epochs/")[1].Replace("/PubSubRendezvousGrain", "", StringComparison.Ordinal))];
}
