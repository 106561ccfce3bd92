using Npgsql;

namespace Gristmill.Postgres.Internal;

/// <summary>Short forms of a statement with named parameters.</summary>
internal static class Statements
{
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach ((string name, object value) in parameters)
            command.Parameters.Add(new NpgsqlParameter(name, value));
        return command;
    }

    /// <summary>Carries a statement out.</summary>
    /// <returns>How many rows it touched.</returns>
    public static async Task<int> ExecuteAsync(this NpgsqlConnection connection, string sql, (string Name, object Value)[] parameters, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = connection.Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The first value of the first row, or null.</summary>
    public static async Task<object?> ScalarAsync(this NpgsqlConnection connection, string sql, (string Name, object Value)[] parameters, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = connection.Command(sql, parameters);
        return await command.ExecuteScalarAsync(cancellationToken);
    }
}
