using System.Net.Sockets;
using Npgsql;

namespace Gristmill.Postgres.Internal;

/// <summary>Reads what the server and its driver say when something fails.</summary>
internal static class PostgresErrors
{
    /// <summary>Whether it is the server or the way to it that failed, and neither the caller nor his wish to stop.</summary>
    public static bool IsService(Exception e) => e is NpgsqlException or SocketException or IOException or TimeoutException;

    /// <summary>What may be gone when the same is tried again. Says nothing of whether it was carried out.</summary>
    public static bool IsTransient(Exception e) => e switch
    {
        // A server that restarts or fails over; the driver counts these as well, but not the last two: what was a primary
        // is a standby for a moment, and a connection may be cut by its administrator.
        PostgresException failed => failed.IsTransient || failed.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException failed => failed.IsTransient || failed.InnerException is IOException or SocketException or TimeoutException,
        _ => IsService(e),
    };

    /// <summary>The server rolled the statement back because of others, and says so: it was not carried out.</summary>
    public static bool WasRolledBack(Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected };

    /// <summary>What went wrong, and the remedy: one sentence each.</summary>
    public static string Cause(Exception e) => e switch
    {
        PostgresException failed => Cause(failed),
        { InnerException: TimeoutException } or TimeoutException =>
            "the server did not answer in time. Look at its load and locks; 'Command Timeout' in the connection string sets how long a call may take.",
        NpgsqlException => $"the server can't be reached, or the connection broke: {Sentence(e.InnerException?.Message ?? e.Message)} Look at the server and the network.",
        _ => $"{Sentence(e.Message)} Look at the server and the network.",
    };

    private static string Cause(PostgresException e) => e.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            $"the server refuses the user ({e.SqlState}). Mend user and password in the connection string, or the server's pg_hba.conf.",
        PostgresErrorCodes.InvalidCatalogName => $"{Sentence(e.MessageText)} Create the database, or mend its name in the connection string.",
        PostgresErrorCodes.InsufficientPrivilege => $"{Sentence(e.MessageText)} Grant the user CREATE on the database, or make the schema for it as docs/stores.md says.",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName =>
            $"{Sentence(e.MessageText)} Somebody changed the schema while it was in use; bring it back, or start the process anew with another Schema.",
        PostgresErrorCodes.ReadOnlySqlTransaction => "the server is a standby or set to read only. Name the primary in the connection string, or add 'Target Session Attributes=primary'.",
        PostgresErrorCodes.TooManyConnections => "the server has no connection left. Raise its max_connections, or set 'Maximum Pool Size' in the connection string.",
        PostgresErrorCodes.DiskFull => "the server's disk is full. Free space there, or keep fewer checkpoints.",
        _ => $"the server says {e.SqlState}: {Sentence(e.MessageText)} Look at its log.",
    };

    private static string Sentence(string message)
    {
        string line = message.Split('\n', 2)[0].Trim();
        return line.EndsWith('.') ? line : line + ".";
    }
}
