using System.Diagnostics.Metrics;
using Gristmill.Checkpoints;

namespace Gristmill.Hosting;

/// <summary>The meter <c>Gristmill</c>. What is counted in the engine anyway is observed; only a checkpoint records something. See docs/operations.md.</summary>
internal sealed class JobInstruments : IDisposable
{
    public const string MeterName = "Gristmill";

    private readonly Meter? _own;
    private readonly IReadOnlyList<HostedJob> _jobs;
    private readonly TimeProvider _time;
    private readonly Histogram<double> _duration;
    private readonly Histogram<long> _size;
    private readonly Histogram<double> _pause;

    public JobInstruments(IMeterFactory? factory, IReadOnlyList<HostedJob> jobs, TimeProvider time)
    {
        _jobs = jobs;
        _time = time;

        // A factory disposes of its meters itself.
        Meter meter = factory is null ? _own = new Meter(MeterName) : factory.Create(new MeterOptions(MeterName));
        Count(meter, "gristmill.records.in", "{record}", "Records read by the sources.", job => job.Status.RecordsIn);
        Count(meter, "gristmill.records.out", "{record}", "Records handed to the sinks.", job => job.Progress.RecordsOut);
        Count(meter, "gristmill.records.bad", "{record}", "Input that could not be made into a record.", job => job.Status.BadRecords);
        Count(meter, "gristmill.records.late_dropped", "{record}", "Records too late for their window that went nowhere.", job => job.Status.LateDropped);
        Count(meter, "gristmill.checkpoints.completed", "{checkpoint}", "Checkpoints completed.", job => job.Status.Checkpoints);
        Count(meter, "gristmill.checkpoints.aborted", "{checkpoint}", "Checkpoints given up or failed.", job => job.Progress.AbortedCount);
        Count(meter, "gristmill.restarts", "{restart}", "Restarts after a failure.", job => job.Status.Restarts);
        meter.CreateObservableGauge("gristmill.watermark.lag", ObserveLag, "s", "How far the event time of the slowest subtask lies behind the clock.");
        _duration = meter.CreateHistogram<double>("gristmill.checkpoint.duration", "s", "From the trigger of a checkpoint to its commit.");
        _size = meter.CreateHistogram<long>("gristmill.checkpoint.size", "By", "Bytes a checkpoint wrote.");
        _pause = meter.CreateHistogram<double>("gristmill.checkpoint.pause", "s", "The longest a subtask stood still for a checkpoint.");
        foreach (HostedJob hosted in jobs)
            hosted.OnCheckpoint(Record);
    }

    public void Dispose() => _own?.Dispose();

    private static KeyValuePair<string, object?> Tag(string job) => new("gristmill.job", job);

    private void Count(Meter meter, string name, string unit, string description, Func<EmbeddedJob, long> value)
        => meter.CreateObservableCounter(name, () => _jobs.Select(hosted => new Measurement<long>(value(hosted.Job), Tag(hosted.Name))), unit, description);

    private IEnumerable<Measurement<double>> ObserveLag()
    {
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (HostedJob hosted in _jobs)
        {
            if (hosted.Job.Status.Watermark is { } watermark)
                yield return new Measurement<double>((now - watermark) / 1000.0, Tag(hosted.Name));
        }
    }

    private void Record(CheckpointAttempt attempt)
    {
        KeyValuePair<string, object?> job = Tag(attempt.Job);
        _duration.Record(attempt.DurationMs / 1000, job);
        _size.Record(attempt.Bytes, job);
        _pause.Record(attempt.MaxPauseMs / 1000, job);
    }
}
