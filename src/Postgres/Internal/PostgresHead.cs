using Gristmill.Checkpoints;
using Npgsql;

namespace Gristmill.Postgres.Internal;

/// <summary>Heads as rows, moved by one statement on the condition that the version is the expected one.</summary>
internal sealed class PostgresHead(PostgresSession session)
{
    private readonly string _head = session.Tables.Head;

    public Task<StoredHead?> ReadAsync(string job, CancellationToken cancellationToken) =>
        session.DoAsync("read the head of job", job, connection => ReadAsync(connection, job, cancellationToken), cancellationToken);

    /// <summary>
    /// Once the statement is under way its failure means that the outcome is unknown, and it is not tried again. That the
    /// version is looked at first, over the same connection, keeps a connection that had died in the pool from being one of
    /// those failures.
    /// </summary>
    public async Task<bool> TryMoveAsync(string job, long expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        bool isUnderWay = false;
        return await session.DoAsync("move the head of job", job, async connection =>
        {
            isUnderWay = false;
            if (await VersionAsync(connection, job, cancellationToken) != expected)
                return false;
            isUnderWay = true;
            return await connection.ExecuteAsync(expected == 0
                    ? $"INSERT INTO {_head} (job, version, content) VALUES (@job, 1, @content) ON CONFLICT (job) DO NOTHING"
                    : $"UPDATE {_head} SET version = version + 1, content = @content WHERE job = @job AND version = @expected",
                expected == 0 ? [("job", job), ("content", content)] : [("job", job), ("content", content), ("expected", expected)],
                cancellationToken) == 1;
        }, e => isUnderWay ? PostgresErrors.WasRolledBack(e) : PostgresErrors.IsTransient(e), cancellationToken);
    }

    private async Task<long> VersionAsync(NpgsqlConnection connection, string job, CancellationToken cancellationToken) =>
        await connection.ScalarAsync($"SELECT version FROM {_head} WHERE job = @job", [("job", job)], cancellationToken) is long version ? version : 0;

    private async Task<StoredHead?> ReadAsync(NpgsqlConnection connection, string job, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = connection.Command($"SELECT version, content FROM {_head} WHERE job = @job", ("job", job));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new StoredHead(reader.GetInt64(0), await reader.GetFieldValueAsync<byte[]>(1, cancellationToken))
            : null;
    }
}
