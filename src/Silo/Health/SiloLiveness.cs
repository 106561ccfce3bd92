using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gristmill.Silo.Health;

/// <summary>Whether the parts of the silo that must never stand still do not: what Orleans' own watchdog asks.</summary>
internal sealed class SiloLiveness(IEnumerable<IHealthCheckParticipant> participants, TimeProvider time) : IHealthCheck
{
    private readonly List<IHealthCheckParticipant> _participants = [.. participants];
    private DateTimeOffset _lastAsked = time.GetUtcNow();

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        DateTimeOffset before = _lastAsked;
        _lastAsked = time.GetUtcNow();
        List<string> ill = [];
        foreach (IHealthCheckParticipant participant in _participants)
        {
            if (!participant.CheckHealth(before.UtcDateTime, out string reason))
                ill.Add(reason);
        }

        return Task.FromResult(ill.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(string.Join(" ", ill)));
    }
}
