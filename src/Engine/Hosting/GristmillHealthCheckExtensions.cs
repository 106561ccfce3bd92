using Gristmill.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Gristmill's health to the host's.</summary>
public static class GristmillHealthCheckExtensions
{
    /// <summary>
    /// Adds a check of all jobs. Unhealthy: one has failed for good or was taken over. Degraded: one is starting or restarting,
    /// or its last checkpoint is too long ago. Each job's state is in the report's data.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name. Default: <c>gristmill</c>.</param>
    /// <param name="missedIntervals">How many checkpoint intervals may pass without a complete checkpoint: 1 or more. Default: 3.</param>
    /// <param name="failureStatus">What is reported instead of unhealthy. Default: unhealthy.</param>
    /// <param name="tags">Tags to choose the check by.</param>
    public static IHealthChecksBuilder AddGristmill(
        this IHealthChecksBuilder builder, string name = "gristmill", int missedIntervals = 3, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentOutOfRangeException.ThrowIfLessThan(missedIntervals, 1);
        return builder.Add(new HealthCheckRegistration(
            name, services => new GristmillHealthCheck(services.GetRequiredService<GristmillJobs>(), missedIntervals), failureStatus, tags));
    }
}
