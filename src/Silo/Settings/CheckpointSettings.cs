namespace Gristmill.Silo.Settings;

/// <summary>Where checkpoints are kept, and how often one is taken.</summary>
internal sealed record CheckpointSettings(CheckpointKind Kind, string Folder, string ConnectionString, string Container, TimeSpan Interval)
{
    public static CheckpointSettings Read(SettingsReader reader)
    {
        CheckpointKind kind = reader.Kind("Kind", CheckpointKind.Files);
        TimeSpan interval = reader.Duration("Interval", TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1));
        string folder = kind == CheckpointKind.Files
            ? reader.Required("Folder", "set it to a folder all silos share, or set Kind to AzureBlobs")
            : reader.Text("Folder") ?? "";
        string connection = kind == CheckpointKind.AzureBlobs ? reader.Required("ConnectionString", "set it to the storage account's connection string") : reader.Text("ConnectionString") ?? "";
        string container = reader.Text("Container") ?? "checkpoints";
        reader.NothingElse();
        return new CheckpointSettings(kind, folder, connection, container, interval);
    }
}

/// <summary>Checkpoint stores.</summary>
internal enum CheckpointKind
{
    /// <summary>A folder all silos share.</summary>
    Files = 0,

    /// <summary>A container of an Azure storage account, or of Azurite.</summary>
    AzureBlobs,
}
