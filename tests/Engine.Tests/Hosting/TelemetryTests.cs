using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;
using Microsoft.Extensions.DependencyInjection;

namespace Gristmill.Engine.Tests.Hosting;

public sealed class TelemetryTests
{
    [Fact]
    public async Task The_meter_tells_records_lag_checkpoints_and_restarts_by_job()
    {
        var time = new ManualTime();
        var feed = new Feed<Event>();
        bool thrown = false;
        var services = new ServiceCollection();
        services.AddMetrics().AddSingleton<TimeProvider>(time);
        services.AddSingleton<IJob>(new LambdaJob(job => job.From("events", feed).WithTimestamps(e => e.Time).Select(e => e.Number != 7 || thrown ? e : Throw())
            .KeyBy(e => e.Key).Window(Tumbling.Of(TimeSpan.FromMilliseconds(100))).Aggregate("count", new Counting()).To("out", new Collected<int>())));
        services.AddGristmill(o =>
        {
            o.Parallelism = 1;
            o.Checkpoints.UseMemory().Periodic = false;
            o.Restart.Policy = RestartPolicy.FixedDelay;
            o.Restart.Delay = TimeSpan.Zero;
        }).AddJob<Wrapped>("metered");
        await using ServiceProvider provider = services.BuildServiceProvider();

        var values = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Meter.Name == "Gristmill" && instrument.Meter.Scope == provider.GetRequiredService<IMeterFactory>())
                own.EnableMeasurementEvents(instrument);
        } };
        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            Assert.Equal(new KeyValuePair<string, object?>("gristmill.job", "metered"), Assert.Single(tags.ToArray()));
            values[instrument.Name] = value;
        }

        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();

        EmbeddedJob job = Assert.Single(provider.GetRequiredService<IGristmillJobs>());
        job.Start();
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        feed.Add(new Event("a", 1, now - 5000), new Event("a", 2, now - 3000));
        await Wait.UntilAsync(() => job.Status.Watermark == now - 3000, "both are in");
        feed.Add(new Event("a", 3, now - 4950));
        await Wait.UntilAsync(() => job.Status.LateDropped == 1, "one was late");
        await job.CheckpointAsync().Soon();
        feed.Add(new Event("a", 7, now));
        await Wait.UntilAsync(() => job.Status is { Restarts: 1, Watermark: { } watermark } && watermark == now, "it has failed and goes on");
        listener.RecordObservableInstruments();

        Assert.Equal(1, values["gristmill.restarts"]);
        Assert.Equal(1, values["gristmill.checkpoints.completed"]);
        Assert.Equal(0, values["gristmill.checkpoints.aborted"]);
        Assert.Equal(0, values["gristmill.records.bad"]);
        Assert.Equal(1, values["gristmill.records.late_dropped"]);
        Assert.Equal(2, values["gristmill.records.out"]);
        Assert.InRange(values["gristmill.records.in"], 4, 5);
        Assert.Equal(0, values["gristmill.watermark.lag"]);
        Assert.True(values["gristmill.checkpoint.size"] > 0);
        Assert.Contains("gristmill.checkpoint.duration", values.Keys);
        Assert.Contains("gristmill.checkpoint.pause", values.Keys);
        time.Advance(TimeSpan.FromSeconds(4));
        listener.RecordObservableInstruments();
        Assert.Equal(4, values["gristmill.watermark.lag"]);
        await job.CancelAsync().Soon();

        Event Throw()
        {
            thrown = true;
            throw new InvalidTimeZoneException("planted");
        }
    }

    [Fact]
    public async Task Checkpoints_and_restores_are_spans_with_their_own_times()
    {
        string name = $"traced-{nameof(TelemetryTests)}";
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Gristmill",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (Equals(span.GetTagItem("gristmill.job"), name))
                    spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var time = new ManualTime();
        var store = new FaultyStore();
        void Build(JobBuilder job) => job.From("in", new Feed<int>().Add(1)).To("out", new Collected<int>());
        using (EmbeddedJob job = Run.Job(Build, Run.Options(store: store), time: time, name: name))
        {
            job.Start();
            await Wait.UntilAsync(() => job.Status.RecordsIn == 1, "it has read");
            await job.CheckpointAsync().Soon();
            store.Before = (operation, name) => operation == "complete" && name.Contains("manifest", StringComparison.Ordinal) ? throw new CheckpointStoreException("planted") : Task.CompletedTask;
            await Assert.ThrowsAsync<InvalidOperationException>(() => job.CheckpointAsync().Soon());
            store.Before = null;
            await job.CancelAsync().Soon();
        }

        using (EmbeddedJob job = Run.Job(Build, Run.Options(store: store), time: time, name: name))
        {
            job.Start();
            await Wait.UntilAsync(() => job.Status.State == JobState.Running, "it runs again");
            await job.CancelAsync().Soon();
        }

        Assert.Equal(["gristmill.checkpoint", "gristmill.checkpoint", "gristmill.restore"], spans.Select(span => span.OperationName));
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Error, ActivityStatusCode.Unset], spans.Select(span => span.Status));
        Assert.All(spans, span => Assert.Equal(time.GetUtcNow().UtcDateTime, span.StartTimeUtc));
        Assert.Equal([1L, 2L, 1L], spans.Select(span => span.GetTagItem("gristmill.checkpoint")));
        Assert.Equal([1L, 1L, 2L], spans.Select(span => span.GetTagItem("gristmill.generation")));
    }

    private sealed class Wrapped(IJob job) : IJob
    {
        public void Build(JobBuilder builder) => job.Build(builder);
    }

    private sealed class Counting : WindowAggregate<string, Event, int, int>
    {
        public override void Add(ref int accumulator, in Event record) => accumulator++;

        public override int Result(string key, Window window, in int accumulator) => accumulator;
    }
}
