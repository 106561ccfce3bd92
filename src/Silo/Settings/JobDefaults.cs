using Gristmill.Checkpoints;
using Microsoft.Extensions.Options;

namespace Gristmill.Silo.Settings;

/// <summary>What the settings say of all jobs; each job's own options go on top.</summary>
internal sealed class JobDefaults(SiloSettings settings) : IConfigureNamedOptions<GristmillOptions>
{
    // One for all jobs: what a store holds open is held once.
    private readonly Lazy<ICheckpointStore> _store = new(settings.Checkpoints.Store.Open);
    private readonly Lazy<ICheckpointStore?> _second = new(() => settings.Checkpoints.CopyTo?.Open());

    /// <summary>Notes what is wrong with where checkpoints are to be kept.</summary>
    public static void Check(SiloSettings settings, List<string> faults)
    {
        faults.AddRange(settings.Checkpoints.Store.Faults().Select(fault => $"{SiloSettings.SectionName}:Checkpoints: {fault}"));
        faults.AddRange((settings.Checkpoints.CopyTo?.Faults() ?? []).Select(fault => $"{SiloSettings.SectionName}:Checkpoints:CopyTo: {fault}"));
    }

    public void Configure(GristmillOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, GristmillOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Parallelism = settings.Parallelism;

        // The death of a silo is a failure, and may be several until it is known to be dead. That a cluster has lost a few
        // in a short time is no reason to give the job up, nor to wait long.
        options.Restart.MostAttempts = settings.MostRestarts;
        options.Restart.LongestDelay = TimeSpan.FromSeconds(5);
        options.Restart.HealthyAfter = TimeSpan.FromSeconds(30);
        CheckpointSettings wanted = settings.Checkpoints;
        CheckpointOptions checkpoints = options.Checkpoints;
        if (wanted.Store.Kind != CheckpointKind.Memory)
            checkpoints.Store = _store.Value;
        checkpoints.CopyTo = _second.Value;
        checkpoints.Interval = wanted.Interval;
        checkpoints.RecoveryTimeObjective = wanted.RecoveryTimeObjective;
        checkpoints.OverheadBudget = wanted.OverheadBudget;
        checkpoints.Retain = wanted.Retain ?? checkpoints.Retain;

        // A folder of copies is one job's.
        if (wanted.LocalCopies is { } copies)
            checkpoints.LocalCopies = new LocalCopyOptions { Folder = Path.Combine(copies.Folder, string.IsNullOrEmpty(name) ? "default" : name), MaxBytes = copies.MaxBytes };
    }
}
