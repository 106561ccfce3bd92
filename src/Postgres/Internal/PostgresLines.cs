using System.Text;
using Gristmill.Checkpoints;
using Npgsql;

namespace Gristmill.Postgres.Internal;

/// <summary>
/// Objects that grow by lines: a line is a row, appended in one statement that also grows the object, whose row makes
/// appenders come one after the other. Each line has an id no two rows can have, so that a second try of one that had
/// succeeded is refused as a whole.
/// </summary>
internal sealed class PostgresLines(PostgresSession session)
{
    private const string LineIndex = "chunk_line";

    public async Task AppendAsync(string name, string line, CancellationToken cancellationToken)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
        var id = Guid.NewGuid();
        int added = await session.DoAsync("append to", name, connection => TryAppendAsync(connection, name, bytes, id, cancellationToken), cancellationToken);
        if (added == 0)
            throw new CheckpointStoreException($"Cannot append to '{name}' in {session.Description}: it is an object that was written whole. Give the lines another name.");
    }

    private async Task<int> TryAppendAsync(NpgsqlConnection connection, string name, byte[] bytes, Guid line, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.ExecuteAsync($"""
                WITH grown AS (
                    INSERT INTO {session.Tables.Object} AS o (name, id, length, lines, modified)
                    VALUES (@name, @id, octet_length(@bytes), true, clock_timestamp())
                    ON CONFLICT (name) DO UPDATE SET length = o.length + excluded.length, modified = excluded.modified WHERE o.lines
                    RETURNING id, length)
                INSERT INTO {session.Tables.Chunk} (id, start, bytes, line)
                SELECT id, length - octet_length(@bytes), @bytes, @line FROM grown
                """,
                [("name", name), ("id", Guid.NewGuid()), ("bytes", bytes), ("line", line)],
                cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation && e.ConstraintName == LineIndex)
        {
            // The try before this one succeeded, and its answer was lost.
            return 1;
        }
    }
}
