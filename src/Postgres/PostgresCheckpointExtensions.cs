using Npgsql;

namespace Gristmill.Postgres;

/// <summary>Checkpoints in PostgreSQL, beside <see cref="CheckpointOptions.UseFiles"/>.</summary>
public static class PostgresCheckpointExtensions
{
    /// <summary>Keeps checkpoints in a database reached by a connection string.</summary>
    /// <param name="options">A job's checkpoint options.</param>
    /// <param name="connectionString">As Npgsql takes it, with a host and a database. It is a secret: it appears in no message.</param>
    /// <param name="configure">Sets options.</param>
    /// <exception cref="ArgumentException">All faults of the settings.</exception>
    public static CheckpointOptions UsePostgres(this CheckpointOptions options, string connectionString, Action<PostgresOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Store = new PostgresCheckpointStore(connectionString, configure);
        return options;
    }

    /// <summary>Keeps checkpoints in a database reached by a data source of the caller's, for passwords that change or certificates.</summary>
    /// <param name="options">A job's checkpoint options.</param>
    /// <param name="source">The data source; its owner disposes it, after the job.</param>
    /// <param name="configure">Sets options.</param>
    /// <exception cref="ArgumentException">All faults of the settings.</exception>
    public static CheckpointOptions UsePostgres(this CheckpointOptions options, NpgsqlDataSource source, Action<PostgresOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Store = new PostgresCheckpointStore(source, configure);
        return options;
    }
}
