using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace Gristmill.Postgres.Internal;

/// <summary>What can be wrong with the way to a database before anybody has gone it.</summary>
internal static class ConnectionFaults
{
    /// <summary>Reads a connection string; false with a fault that quotes nothing of it, since it has the password in it.</summary>
    public static bool TryRead(string? connectionString, [NotNullWhen(true)] out NpgsqlConnectionStringBuilder? connection, [NotNullWhen(false)] out string? fault)
    {
        connection = null;
        fault = null;
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            fault = "The connection string is empty; give one as Host=…;Database=…;Username=…;Password=….";
            return false;
        }
        try
        {
            connection = new NpgsqlConnectionStringBuilder(connectionString);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // The parser's message may quote a value.
            fault = "The connection string can't be read; give one as Host=…;Database=…;Username=…;Password=…, with values that hold ';' or '=' in quotes.";
            return false;
        }
    }

    public static IEnumerable<string> Of(NpgsqlConnectionStringBuilder connection)
    {
        if (string.IsNullOrWhiteSpace(connection.Host))
            yield return "The connection string has no Host; name the server.";
        else if (connection.Host.Contains(',', StringComparison.Ordinal) && connection.TargetSessionAttributes is not ("primary" or "read-write"))
            yield return $"The connection string has the hosts '{connection.Host}'; add 'Target Session Attributes=primary', since a standby shows a head of the past.";
        if (string.IsNullOrWhiteSpace(connection.Database))
            yield return "The connection string has no Database; name the database the checkpoints are to be in.";
    }
}
