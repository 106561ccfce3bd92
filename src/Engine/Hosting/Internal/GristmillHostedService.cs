using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gristmill.Hosting;

/// <summary>Starts all jobs with the host and stops them with it, each behind a last checkpoint.</summary>
internal sealed class GristmillHostedService(GristmillJobs jobs, IServiceProvider services) : IHostedLifecycleService
{
    /// <summary>How long a cancelled job may take to let go of its files when the host's time is up already.</summary>
    private static readonly TimeSpan AfterTheTimeout = TimeSpan.FromSeconds(2);

    private readonly ILogger _logger = jobs.Loggers.CreateLogger("Gristmill.Host");
    private readonly List<Task> _watches = [];
    private Exception? _error;
    private bool _started;

    /// <summary>Before any service starts: a host with a faulty job does nothing at all.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _ = jobs.All;
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _started = true;
        foreach (HostedJob hosted in jobs.All)
        {
            hosted.Job.Start();
            _watches.Add(WatchAsync(hosted));
        }

        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends with the error of the job that made the host stop.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_started)
            return;
        await Task.WhenAll(jobs.All.Select(hosted => StopAsync(hosted.Job, cancellationToken)));
        if (_error is not null)
            throw _error;
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task StopAsync(EmbeddedJob job, CancellationToken cancellationToken)
    {
        try
        {
            await job.StopAsync().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            HostLog.CancelledAtStop(_logger, job.Name);
            try
            {
                await job.CancelAsync().WaitAsync(AfterTheTimeout, jobs.Time, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                // Its threads end with the process.
            }
        }
    }

    private async Task WatchAsync(HostedJob hosted)
    {
        JobOutcome outcome = await hosted.Job.Completion;
        if (outcome.State is not (JobState.Failed or JobState.Fenced))
            return;
        string error = outcome.Error?.Message ?? "";
        if (hosted.Options.HostFailure == HostFailureBehavior.Ignore)
        {
            HostLog.GoesOnWithout(_logger, hosted.Name, outcome.State, error);
            return;
        }

        HostLog.StopsHost(_logger, hosted.Name, outcome.State, error);
        Interlocked.CompareExchange(ref _error, outcome.Error, null);
        services.GetService<IHostApplicationLifetime>()?.StopApplication();
    }
}
