using Gristmill.Silo.Clustering;

namespace Gristmill.Silo.Settings;

/// <summary>How silos find each other, and where the little a cluster must remember is kept.</summary>
internal sealed record ClusteringSettings(ClusteringKind Kind, string ConnectionString, int? PrimaryPort)
{
    public static ClusteringSettings Read(SettingsReader reader)
    {
        ClusteringKind kind = reader.Kind("Kind", ClusteringKind.Local);
        int primary = reader.Number("PrimaryPort", 0, 1, 65535);
        string connection = kind == ClusteringKind.Local
            ? reader.Text("ConnectionString") ?? ""
            : reader.Required("ConnectionString", kind == ClusteringKind.AdoNet
                ? "set it to the PostgreSQL database that infra/postgres/init.sh has prepared, as 'Host=db;Database=gristmill;Username=gristmill;Password=...'"
                : "set it to the storage account's connection string");
        if (kind == ClusteringKind.AzureTables && !SiloClustering.HasAzureTables)
            reader.Fault("Kind", "is AzureTables, which this build has not; build with -p:WithAzureTables=true, or set AdoNet.");
        reader.NothingElse();
        return new ClusteringSettings(kind, connection, primary == 0 ? null : primary);
    }
}

/// <summary>Ways for silos to find each other.</summary>
internal enum ClusteringKind
{
    /// <summary>On one machine, in memory; it ends with the primary silo.</summary>
    Local = 0,

    /// <summary>In a PostgreSQL database.</summary>
    AdoNet,

    /// <summary>In tables of an Azure storage account.</summary>
    AzureTables,
}
