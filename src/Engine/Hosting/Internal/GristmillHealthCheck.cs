using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gristmill.Hosting;

/// <summary>Tells the health of all jobs from their states and the age of their newest checkpoints.</summary>
internal sealed class GristmillHealthCheck(GristmillJobs jobs, int missedIntervals) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        HealthStatus worst = HealthStatus.Healthy;
        var data = new Dictionary<string, object>();
        var troubles = new List<string>();
        Exception? error = null;
        foreach (HostedJob hosted in jobs.All)
        {
            JobStatus status = hosted.Job.Status;
            (HealthStatus health, string? trouble) = Judge(hosted, status);
            worst = health < worst ? health : worst;
            data[hosted.Name] = string.Create(
                CultureInfo.InvariantCulture, $"{status.State}, generation {status.Generation}, checkpoint {status.LastCheckpoint?.Number ?? 0}, {status.Restarts} restarts");
            if (trouble is not null)
                troubles.Add($"Job '{hosted.Name}' {trouble}.");
            if (health == HealthStatus.Unhealthy && hosted.Job.Completion is { IsCompletedSuccessfully: true, Result.Error: { } why })
                error ??= why;
        }

        string description = troubles.Count == 0 ? "All jobs are well." : string.Join(" ", troubles);
        HealthStatus reported = worst == HealthStatus.Unhealthy ? context.Registration.FailureStatus : worst;
        return Task.FromResult(new HealthCheckResult(reported, description, error, data));
    }

    private (HealthStatus Health, string? Trouble) Judge(HostedJob hosted, JobStatus status) => status.State switch
    {
        JobState.Failed => (HealthStatus.Unhealthy, "has failed for good"),
        JobState.Fenced => (HealthStatus.Unhealthy, "was taken over by another process"),
        JobState.Restarting => (HealthStatus.Degraded, "restarts after a failure"),
        JobState.Starting => (HealthStatus.Degraded, "is starting"),
        JobState.Running when IsOverdue(hosted) => (
            HealthStatus.Degraded,
            string.Create(CultureInfo.InvariantCulture, $"has had no complete checkpoint for {hosted.SinceCheckpoint.TotalSeconds:F0} s, with one every {hosted.Options.Checkpoints.Interval.TotalSeconds:F0} s")),
        _ => (HealthStatus.Healthy, null),
    };

    private bool IsOverdue(HostedJob hosted)
    {
        CheckpointOptions checkpoints = hosted.Options.Checkpoints;
        return checkpoints.Periodic && hosted.SinceCheckpoint > missedIntervals * (checkpoints.Interval + checkpoints.MinimumPause);
    }
}
