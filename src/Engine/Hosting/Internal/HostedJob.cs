using Gristmill.Checkpoints;

namespace Gristmill.Hosting;

/// <summary>A job of the host, with what its health and its metrics are told from.</summary>
internal sealed class HostedJob
{
    private readonly TimeProvider _time;
    private long _lastSign;

    public HostedJob(EmbeddedJob job, GristmillOptions options, TimeProvider time)
    {
        Job = job;
        Options = options;
        _time = time;
        _lastSign = time.GetTimestamp();
        job.Progress.OnStateChanged += _ => Volatile.Write(ref _lastSign, _time.GetTimestamp());
        job.Progress.OnCompleted += _ => Volatile.Write(ref _lastSign, _time.GetTimestamp());
    }

    public EmbeddedJob Job { get; }

    public GristmillOptions Options { get; }

    public string Name => Job.Name;

    /// <summary>Since the newest checkpoint, or since the job began to run where there is none since.</summary>
    public TimeSpan SinceCheckpoint => _time.GetElapsedTime(Volatile.Read(ref _lastSign));

    public void OnCheckpoint(Action<CheckpointAttempt> completed) => Job.Progress.OnCompleted += completed;
}
