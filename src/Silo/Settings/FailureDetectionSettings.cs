using Orleans.Configuration;

namespace Gristmill.Silo.Settings;

/// <summary>How soon a silo that does not answer is declared dead.</summary>
internal sealed record FailureDetectionSettings(TimeSpan ProbeTimeout, int MissedProbes, int Votes)
{
    public static FailureDetectionSettings Read(SettingsReader reader)
    {
        var settings = new FailureDetectionSettings(
            reader.Duration("ProbeTimeout", TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)),
            reader.Number("MissedProbes", 2, 1, 100),

            // One vote: in a cluster of two or three there may be nobody left to give a second.
            reader.Number("Votes", 1, 1, 10));
        reader.NothingElse();
        return settings;
    }

    public void ApplyTo(ClusterMembershipOptions membership)
    {
        membership.ProbeTimeout = ProbeTimeout;
        membership.NumMissedProbesLimit = MissedProbes;
        membership.NumVotesForDeathDeclaration = Votes;

        // A silo that starts looks at who wrote here lately, and waits for nobody who has not.
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(15);
        membership.DefunctSiloExpiration = TimeSpan.FromHours(1);
        membership.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(10);
    }
}
