namespace Gristmill.Grains.Tests;

/// <summary>A cluster publishes what an embedded job does.</summary>
public class ResultTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4)]
    [InlineData(3, 4)]
    public async Task Counts_are_exact_on_any_number_of_silos(int silos, int parallelism)
    {
        var shared = new Shared();
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos, parallelism);
        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task Windows_behind_one_another_are_those_of_the_embedded_run()
    {
        var embedded = new Shared();
        var options = new GristmillOptions { Parallelism = 2, Checkpoints = { Store = embedded.Store } };
        using (var job = new EmbeddedJob("job", new WindowJob(embedded), options))
            Assert.Equal(JobState.Completed, (await job.RunAsync(TestContext.Current.CancellationToken)).State);

        var shared = new Shared();
        await using Cluster cluster = await Cluster.StartAsync<WindowJob>(shared);
        await cluster.CompletedAsync();
        Assert.Equal(embedded.Rows.Rows.Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
        Assert.Equal(WindowJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }
}

internal static class Rows
{
    public static readonly Comparer<Row> Order = Comparer<Row>.Create((a, b) => (a.Key, a.Value).CompareTo((b.Key, b.Value)));
}
