using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Gristmill.Silo.Health;

/// <summary>Whether the silo takes part in its cluster: after it has joined, and until it is told to go.</summary>
internal sealed class SiloReadiness(ISiloStatusOracle silos, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        => Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested ? HealthCheckResult.Unhealthy("The silo is stopping.")
            : silos.CurrentStatus == SiloStatus.Active ? HealthCheckResult.Healthy($"{silos.GetApproximateSiloStatuses(onlyActive: true).Count} silos are active.")
            : HealthCheckResult.Unhealthy($"The silo is {silos.CurrentStatus}."));
}
