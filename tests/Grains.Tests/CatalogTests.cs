using Gristmill.Graph;
using Gristmill.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Gristmill.Grains.Tests;

/// <summary>What a silo is told of its jobs, and what silos must agree on.</summary>
public class CatalogTests
{
    [Fact]
    public void Jobs_that_differ_only_in_what_travels_between_subtasks_are_different_versions()
    {
        string longs = Digest(job => job.From("numbers", Generator.Sequence(10)).KeyBy(number => number % 7).Process("last", () => new Last<long>()).To("rows", new Collected<long>()));
        string rows = Digest(job => job.From("numbers", Generator.Sequence(10)).Select(number => new Row(number, number)).KeyBy(row => row.Key % 7).Process("last", () => new Last<Row>()).To("rows", new Collected<Row>()));
        string keys = Digest(job => job.From("numbers", Generator.Sequence(10)).KeyBy(number => (int)(number % 7)).Process("last", () => new Last<long, int>()).To("rows", new Collected<long>()));
        Assert.Equal(3, new HashSet<string>([longs, rows, keys]).Count);
        Assert.Equal(longs, Digest(job => job.From("numbers", Generator.Sequence(10)).KeyBy(number => number % 7).Process("last", () => new Last<long>()).To("rows", new Collected<long>())));
    }

    [Fact]
    public void AddGristmill_called_twice_adds_up()
    {
        ServiceProvider services = Build(silo =>
        {
            silo.AddGristmill(configureCluster: cluster => cluster.PingTimeout = TimeSpan.FromSeconds(9));
            silo.AddGristmill(configureCluster: cluster => cluster.AutoStart = false);
        });
        GristmillClusterOptions options = services.GetRequiredService<GristmillClusterOptions>();
        Assert.Equal((TimeSpan.FromSeconds(9), false), (options.PingTimeout, options.AutoStart));
        Assert.Single(services.GetServices<ILifecycleParticipant<ISiloLifecycle>>().OfType<SiloParticipant>());
    }

    [Fact]
    public void A_job_added_twice_under_one_name_is_refused()
    {
        JobConfigurationException error = Assert.Throws<JobConfigurationException>(() => Build(silo => silo.AddGristmill().AddJob<CountJob>("job").AddJob<WindowJob>("job")));
        Assert.Contains("'job'", error.Message, StringComparison.Ordinal);
        Assert.Contains("WindowJob", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reminder_more_often_than_Orleans_takes_is_refused_at_once()
    {
        OptionsValidationException error = Assert.Throws<OptionsValidationException>(
            () => Build(silo => silo.AddGristmill(configureCluster: cluster => cluster.ReminderPeriod = TimeSpan.FromSeconds(30))));
        Assert.Contains("ReminderPeriod is 00:00:30", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Providers_that_are_not_there_are_named_before_anything_starts()
    {
        OptionsValidationException error = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            await using Cluster cluster = await Cluster.StartAsync<CountJob>(
                new Shared { Records = 10 }, silos: 1, configureCluster: options => (options.StorageProvider, options.StreamProvider) = ("nowhere", "neither"));
        });
        Assert.Contains("'nowhere'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'neither'", error.Message, StringComparison.Ordinal);
    }

    private static ServiceProvider Build(Action<ISiloBuilder> configure)
    {
        HostApplicationBuilder host = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        host.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering();
            configure(silo);
        });
        return host.Services.BuildServiceProvider();
    }

    private static string Digest(Action<JobBuilder> build)
    {
        var options = new GristmillOptions { Parallelism = 2, Checkpoints = { Store = new Checkpoints.MemoryCheckpointStore() } };
        JobDefinition job = JobDefinition.Create("job", build, options);
        return JobCatalog.Digest(new JobPlan(job.Name, job.Nodes, job.Options), options);
    }

    private sealed class Last<T> : KeyedProcessor<long, T, T>
    {
        public override void Open(StateDeclarations states)
        {
        }

        public override void OnRecord(in T record, ProcessorContext<long, T> context) => context.Emit(in record);
    }

    private sealed class Last<T, TKey> : KeyedProcessor<TKey, T, T>
    {
        public override void Open(StateDeclarations states)
        {
        }

        public override void OnRecord(in T record, ProcessorContext<TKey, T> context) => context.Emit(in record);
    }
}
