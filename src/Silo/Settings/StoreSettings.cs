using Gristmill.AzureStorage;
using Gristmill.Checkpoints;
using Gristmill.Postgres;

namespace Gristmill.Silo.Settings;

/// <summary>A checkpoint store: a job's own, or the second one.</summary>
internal sealed record StoreSettings(CheckpointKind Kind, string Folder, string ConnectionString, string Container, string Schema)
{
    /// <summary>In memory: the most bytes a silo holds.</summary>
    public long MaxBytes { get; init; }

    /// <summary>In memory: whether one copy will do while there is no second silo.</summary>
    public bool AllowOneCopy { get; init; }

    public static StoreSettings Read(SettingsReader reader)
    {
        CheckpointKind kind = reader.Kind("Kind", CheckpointKind.Files);
        if (kind == CheckpointKind.Memory)
        {
            return new StoreSettings(kind, "", "", "", "")
            {
                MaxBytes = reader.Bytes("MaxBytes", 256 << 20, 1 << 20, 1L << 40),
                AllowOneCopy = reader.Flag("AllowOneCopy", false),
            };
        }

        string folder = kind == CheckpointKind.Files
            ? reader.Required("Folder", "set it to a folder all silos share, or set Kind to AzureBlobs, PostgreSql or Memory")
            : reader.Text("Folder") ?? "";
        string connection = kind == CheckpointKind.Files ? reader.Text("ConnectionString") ?? "" : reader.Required("ConnectionString", kind == CheckpointKind.AzureBlobs
            ? "set it to the storage account's connection string"
            : "set it to a PostgreSQL database, as 'Host=db;Database=gristmill;Username=gristmill;Password=...'");
        return new StoreSettings(kind, folder, connection, reader.Text("Container") ?? "checkpoints", reader.Text("Schema") ?? "gristmill");
    }

    /// <summary>Whether what is kept in the other is kept in this one.</summary>
    public bool IsSameAs(StoreSettings other) => Kind == other.Kind && Kind switch
    {
        CheckpointKind.Files => Folder.Length != 0 && other.Folder.Length != 0 && Path.GetFullPath(Folder) == Path.GetFullPath(other.Folder),
        CheckpointKind.Memory => true,
        CheckpointKind.AzureBlobs => (ConnectionString, Container) == (other.ConnectionString, other.Container),
        _ => (ConnectionString, Schema) == (other.ConnectionString, other.Schema),
    };

    /// <summary>What is wrong beyond what is missing; a connection string appears in none of it.</summary>
    public IEnumerable<string> Faults()
    {
        if (ConnectionString.Length == 0)
            return [];
        if (Kind == CheckpointKind.AzureBlobs)
            return OpenContainer().Validate();
        if (Kind == CheckpointKind.Files)
            return [];
        try
        {
            _ = Open();
            return [];
        }
        catch (ArgumentException e)
        {
            return [e.Message];
        }
    }

    /// <summary>Opens it, unless it is in the silos' memory, which the silo itself has.</summary>
    public ICheckpointStore Open()
    {
        var options = new CheckpointOptions { Store = Kind == CheckpointKind.Files ? new FileCheckpointStore(Folder, shared: true) : null };
        if (Kind == CheckpointKind.AzureBlobs)
            options.UseAzureBlobs(OpenContainer());
        else if (Kind == CheckpointKind.PostgreSql)
            options.UsePostgres(ConnectionString, postgres => postgres.Schema = Schema);
        return options.Store!;
    }

    private AzureBlobContainer OpenContainer() => new(ConnectionString, Container, options => options.CreateIfMissing = true);
}

/// <summary>Checkpoint stores.</summary>
internal enum CheckpointKind
{
    /// <summary>A folder all silos share.</summary>
    Files = 0,

    /// <summary>A container of an Azure storage account, or of Azurite.</summary>
    AzureBlobs,

    /// <summary>A PostgreSQL database.</summary>
    PostgreSql,

    /// <summary>The memory of two silos.</summary>
    Memory,
}
