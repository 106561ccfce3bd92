namespace Gristmill.Silo.Settings;

/// <summary>Where checkpoints are kept, and how often one is taken.</summary>
internal sealed record CheckpointSettings(
    StoreSettings Store, StoreSettings? CopyTo, LocalCopySettings? LocalCopies, TimeSpan Interval, TimeSpan? RecoveryTimeObjective, double? OverheadBudget, int? Retain)
{
    public static CheckpointSettings Read(SettingsReader reader)
    {
        StoreSettings store = StoreSettings.Read(reader);
        StoreSettings? second = reader.Optional("CopyTo", copy =>
        {
            StoreSettings read = StoreSettings.Read(copy);
            copy.NothingElse();
            return read;
        });
        if (second?.IsSameAs(store) == true)
            reader.Fault("CopyTo", "is the store itself; name another one, or leave it out.");
        else if (second?.Kind == CheckpointKind.Memory)
            reader.Fault("CopyTo:Kind", "is Memory, which ends with the cluster; a second store is to outlive it: set Files, AzureBlobs or PostgreSql.");
        var settings = new CheckpointSettings(
            store, second, reader.Optional("LocalCopies", LocalCopySettings.Read),
            reader.Duration("Interval", TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)),
            reader.Text("RecoveryTimeObjective") is null ? null : reader.Duration("RecoveryTimeObjective", TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1)),
            reader.Fraction("OverheadBudget", 0.0001, 0.5),
            reader.Text("Retain") is null ? null : reader.Number("Retain", 10, 1, 256));
        reader.NothingElse();
        return settings;
    }
}
