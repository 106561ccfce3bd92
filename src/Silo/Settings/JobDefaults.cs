using Gristmill.AzureStorage;
using Gristmill.Checkpoints;

namespace Gristmill.Silo.Settings;

/// <summary>What the settings say of all jobs; each job's own options go on top.</summary>
internal static class JobDefaults
{
    /// <summary>Notes what is wrong with where checkpoints are to be kept.</summary>
    public static void Check(SiloSettings settings, List<string> faults)
    {
        if (settings.Checkpoints is { Kind: CheckpointKind.AzureBlobs, ConnectionString.Length: > 0 })
            faults.AddRange(Container(settings.Checkpoints).Validate().Select(fault => $"{SiloSettings.SectionName}:Checkpoints: {fault}"));
    }

    public static void Apply(SiloSettings settings, GristmillOptions job)
    {
        job.Parallelism = settings.Parallelism;
        job.Checkpoints.Interval = settings.Checkpoints.Interval;

        // The death of a silo is a failure, and may be several until it is known to be dead. That a cluster has lost a few
        // in a short time is no reason to give the job up, nor to wait long.
        job.Restart.MostAttempts = settings.MostRestarts;
        job.Restart.LongestDelay = TimeSpan.FromSeconds(5);
        job.Restart.HealthyAfter = TimeSpan.FromSeconds(30);
        if (settings.Checkpoints.Kind == CheckpointKind.Files)
            job.Checkpoints.Store = new FileCheckpointStore(settings.Checkpoints.Folder, shared: true);
        else
            job.Checkpoints.UseAzureBlobs(Container(settings.Checkpoints));
    }

    private static AzureBlobContainer Container(CheckpointSettings settings)
        => new(settings.ConnectionString, settings.Container, options => options.CreateIfMissing = true);
}
