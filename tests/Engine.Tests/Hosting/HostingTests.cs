using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gristmill.Engine.Tests.Hosting;

public sealed class HostingTests
{
    private readonly CapturedLog _log = new();
    private readonly Feed<Event> _feed = new();
    private readonly Collected<Event> _collected = new();
    private readonly MemoryCheckpointStore _store = new();

    [Fact]
    public async Task Jobs_are_made_by_the_container_start_with_the_host_and_stop_with_it_behind_a_last_checkpoint()
    {
        using IHost host = Host(builder => builder.AddJob<CopyEvents>().AddJob<CopyEvents>("second", o => o.Parallelism = 2));
        await host.StartAsync(TestContext.Current.CancellationToken);
        IGristmillJobs jobs = host.Services.GetRequiredService<IGristmillJobs>();
        Assert.Equal(["copy-events", "second"], jobs.Select(job => job.Name));
        _feed.Add(Events.Make(10));
        await Wait.UntilAsync(() => jobs.All(job => job.Status.RecordsIn == 10), "both have read");
        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.All(jobs, job => Assert.Equal(JobState.Stopped, job.Status.State));
        Assert.Equal(20, _collected.Count);
        Assert.Contains(_log.Of(1), line => line.Text.Contains("second", StringComparison.Ordinal) && line.Text.Contains("2 subtasks", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_job_is_found_by_its_name_and_a_wrong_name_is_answered_with_the_right_ones()
    {
        using IHost host = Host(builder => builder.AddJob<CopyEvents>("one").AddJob<CopyEvents>("two"));
        IGristmillJobs jobs = host.Services.GetRequiredService<IGristmillJobs>();
        Assert.Equal("two", jobs["two"].Name);
        Assert.True(jobs.TryGet("one", out EmbeddedJob? one));
        Assert.Equal("one", one.Name);
        Assert.False(jobs.TryGet("three", out _));
        Assert.Contains("'one', 'two'", Assert.Throws<KeyNotFoundException>(() => jobs["three"]).Message, StringComparison.Ordinal);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Faults_of_all_jobs_keep_the_host_from_starting_all_at_once()
    {
        bool otherStarted = false;
        using IHost host = Host(
            builder => builder
                .AddJob<CopyEvents>("good").AddJob<CopyEvents>("good")
                .AddJob<CopyEvents>("ill", o => o.BatchSize = 0)
                .AddJob<NoSink>(configure: o => o.Checkpoints.Store = null)
                .AddJob<NeedsMore>(),
            services => services.AddHostedService(_ => new Other(() => otherStarted = true)));
        JobConfigurationException error = await Assert.ThrowsAsync<JobConfigurationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        foreach (string expected in new[] { "'good'", "its name is given to 2 jobs", "'ill'", "BatchSize is 0", "'no-sink'", "no sink", "no store", "'needs-more'", nameof(IFormatProvider) })
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(5, error.Faults.Count);
        Assert.False(otherStarted);
    }

    [Fact]
    public async Task Options_of_a_job_lie_on_top_of_the_common_ones_and_the_options_pattern_reaches_both()
    {
        using IHost host = Host(
            builder => builder.AddJob<CopyEvents>("one").AddJob<CopyEvents>("two", o => o.BatchSize = 7),
            services => services.Configure<GristmillOptions>("one", o => o.BatchSize = 3));
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            [("one", 2, 3), ("two", 2, 7)],
            host.Services.GetRequiredService<Gristmill.Hosting.GristmillJobs>().All.Select(job => (job.Name, job.Options.ChannelCapacity, job.Options.BatchSize)));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_job_that_fails_for_good_stops_the_host_and_stopping_ends_with_its_error()
    {
        using IHost host = Host(builder => builder.AddJob<Failing>().AddJob<CopyEvents>());
        await host.StartAsync(TestContext.Current.CancellationToken);
        Task shutdown = host.WaitForShutdownAsync(TestContext.Current.CancellationToken);
        JobFailedException error = await Assert.ThrowsAsync<JobFailedException>(() => shutdown.Soon());
        Assert.Contains("planted", error.Message, StringComparison.Ordinal);
        Assert.Equal(LogLevel.Critical, Assert.Single(_log.Of(101)).Level);
        Assert.Equal(JobState.Stopped, (await host.Services.GetRequiredService<IGristmillJobs>()["copy-events"].Completion.Soon()).State);
    }

    [Fact]
    public async Task Where_the_option_says_so_the_host_goes_on_without_it()
    {
        using IHost host = Host(builder => builder.AddJob<Failing>(configure: o => o.HostFailure = HostFailureBehavior.Ignore).AddJob<CopyEvents>());
        await host.StartAsync(TestContext.Current.CancellationToken);
        IGristmillJobs jobs = host.Services.GetRequiredService<IGristmillJobs>();
        await jobs["failing"].Completion.Soon();
        await Wait.UntilAsync(() => _log.Of(102).Count == 1, "it is logged");
        _feed.Add(Events.Make(3));
        await Wait.UntilAsync(() => jobs["copy-events"].Status.RecordsIn == 3, "the other goes on");
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_job_that_cannot_take_its_last_checkpoint_in_time_is_cancelled_and_it_is_logged()
    {
        var store = new FaultyStore();
        using IHost host = Host(
            builder => builder.AddJob<CopyEvents>(configure: o => o.Checkpoints.Store = store),
            services => services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromMilliseconds(200)));
        await host.StartAsync(TestContext.Current.CancellationToken);
        EmbeddedJob job = host.Services.GetRequiredService<IGristmillJobs>()["copy-events"];
        _feed.Add(Events.Make(3));
        await Wait.UntilAsync(() => job.Status.RecordsIn == 3, "it has read");
        store.Before = (operation, _) => operation == "create" ? new TaskCompletionSource().Task : Task.CompletedTask;
        await host.StopAsync(CancellationToken.None);
        Assert.Equal(JobState.Cancelled, (await job.Completion.Soon()).State);
        Assert.Single(_log.Of(103));
    }

    [Fact]
    public async Task Its_clock_is_the_containers_where_there_is_one()
    {
        var time = new ManualTime();
        using IHost host = Host(
            builder => builder.AddJob<CopyEvents>(configure: o =>
            {
                o.Checkpoints.Periodic = true;
                o.Checkpoints.Interval = TimeSpan.FromHours(1);
            }),
            services => services.AddSingleton<TimeProvider>(time));
        await host.StartAsync(TestContext.Current.CancellationToken);
        EmbeddedJob job = host.Services.GetRequiredService<IGristmillJobs>()["copy-events"];
        _feed.Add(Events.Make(1));
        await Wait.UntilAsync(() => job.Status.RecordsIn == 1, "it runs");
        time.Advance(TimeSpan.FromHours(1));
        await Wait.UntilAsync(() => job.Status.Checkpoints == 1, "the checkpoint of the hour is complete");
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Health_is_well_while_jobs_run_degraded_without_checkpoints_and_ill_after_failure()
    {
        var time = new ManualTime();
        var store = new FaultyStore();
        var failing = new Switch();
        using IHost host = Host(
            builder => builder.AddJob<FailingLater>(configure: o =>
            {
                o.Checkpoints.Periodic = true;
                o.Checkpoints.Interval = TimeSpan.FromSeconds(10);
                o.Checkpoints.Store = store;
                o.HostFailure = HostFailureBehavior.Ignore;
                o.Restart.Policy = RestartPolicy.FixedDelay;
                o.Restart.Delay = o.Restart.LongestDelay = TimeSpan.FromMinutes(1);
                o.Restart.MostAttempts = 1;
            }),
            services =>
            {
                services.AddSingleton<TimeProvider>(time).AddSingleton(failing);
                services.AddHealthChecks().AddGristmill();
            });
        HealthCheckService health = host.Services.GetRequiredService<HealthCheckService>();
        await host.StartAsync(TestContext.Current.CancellationToken);
        EmbeddedJob job = host.Services.GetRequiredService<IGristmillJobs>()["failing-later"];
        _feed.Add(Events.Make(1));
        await Wait.UntilAsync(() => job.Status.RecordsIn == 1, "it runs");
        await IsAsync(HealthStatus.Healthy, "All jobs are well");

        var stuck = new TaskCompletionSource();
        store.Before = (operation, name) => operation == "complete" && name.Contains("/g", StringComparison.Ordinal) ? stuck.Task : Task.CompletedTask;
        time.Advance(TimeSpan.FromSeconds(29));
        await IsAsync(HealthStatus.Healthy, "All jobs are well");
        time.Advance(TimeSpan.FromSeconds(2));
        await IsAsync(HealthStatus.Degraded, "no complete checkpoint for 31 s");
        stuck.SetResult();
        await Wait.UntilAsync(() => job.Status.Checkpoints >= 1, "it has one now");
        await IsAsync(HealthStatus.Healthy, "All jobs are well");

        failing.IsOn = true;
        _feed.Add(Events.Make(1));
        await Wait.UntilAsync(() => job.Status.State == JobState.Restarting, "it has failed");
        await IsAsync(HealthStatus.Degraded, "restarts after a failure");
        await Wait.UntilAsync(() => job.Completion.IsCompleted, "it fails for good", meanwhile: () => time.Advance(TimeSpan.FromSeconds(10)));
        await IsAsync(HealthStatus.Unhealthy, "has failed for good");
        await host.StopAsync(TestContext.Current.CancellationToken);

        async Task IsAsync(HealthStatus status, string text)
        {
            HealthReport report = await health.CheckHealthAsync(TestContext.Current.CancellationToken);
            HealthReportEntry entry = report.Entries["gristmill"];
            Assert.Equal(status, entry.Status);
            Assert.Contains(text, entry.Description, StringComparison.Ordinal);
            Assert.Contains("failing-later", entry.Data.Keys);
        }
    }

    [Theory]
    [InlineData(typeof(CopyEvents), "copy-events")]
    [InlineData(typeof(HTTPLog2Days), "http-log2-days")]
    [InlineData(typeof(Generic<int>), "generic")]
    [InlineData(typeof(Q7), "q7")]
    public void The_default_name_is_the_classs_in_kebab_case(Type type, string name) => Assert.Equal(name, Gristmill.Hosting.JobNames.Of(type));

    [Fact]
    public void Without_a_host_the_services_still_give_the_jobs()
    {
        var services = new ServiceCollection();
        services.AddSingleton(_feed).AddSingleton(_collected);
        services.AddGristmill(o => o.Checkpoints.UseMemory()).AddJob<CopyEvents>();
        using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Single(provider.GetRequiredService<IGristmillJobs>());
    }

    private IHost Host(Action<GristmillBuilder> addJobs, Action<IServiceCollection>? configure = null)
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<ILoggerFactory>(_log).AddSingleton(_feed).AddSingleton(_collected);
        configure?.Invoke(builder.Services);
        addJobs(builder.Services.AddGristmill(o =>
        {
            o.Parallelism = 1;
            o.WorkerThreads = 1;
            o.ChannelCapacity = 2;
            o.Checkpoints.Store = _store;
            o.Checkpoints.Periodic = false;
            o.Restart.Policy = RestartPolicy.None;
        }));
        return builder.Build();
    }

    private sealed class Switch
    {
        public volatile bool IsOn;
    }

    private sealed class CopyEvents(Feed<Event> feed, Collected<Event> collected) : IJob
    {
        public void Build(JobBuilder job) => job.From("events", feed).To("out", collected);
    }

    private sealed class NoSink(Feed<Event> feed) : IJob
    {
        public void Build(JobBuilder job) => job.From("events", feed);
    }

    private sealed class NeedsMore(IFormatProvider unregistered) : IJob
    {
        public void Build(JobBuilder job) => throw new NotSupportedException(unregistered.ToString());
    }

    private sealed class Failing : IJob
    {
        public void Build(JobBuilder job) => job.From("in", InMemory.Of(1)).Select<int>(_ => throw new InvalidTimeZoneException("planted")).To("out", new Collected<int>());
    }

    private sealed class FailingLater(Feed<Event> feed, Switch failing) : IJob
    {
        public void Build(JobBuilder job) => job.From("in", feed).Select(e => failing.IsOn ? throw new InvalidTimeZoneException("planted") : e).To("out", new Collected<Event>());
    }

    private sealed class HTTPLog2Days;

    private sealed class Generic<T>;

    private sealed class Q7;

    private sealed class Other(Action started) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            started();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
