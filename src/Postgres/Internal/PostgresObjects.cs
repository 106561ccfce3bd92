using System.Data;
using Gristmill.Checkpoints;
using Npgsql;

namespace Gristmill.Postgres.Internal;

/// <summary>Reads, lists and deletes objects; each answer is from one snapshot of the database.</summary>
internal sealed class PostgresObjects(PostgresSession session)
{
    private readonly PostgresTables _tables = session.Tables;

    public Task<long?> LengthAsync(string name, CancellationToken cancellationToken) => session.DoAsync(
        "measure", name,
        async connection => (long?)await connection.ScalarAsync($"SELECT length FROM {_tables.Object} WHERE name = @name", [("name", name)], cancellationToken),
        cancellationToken);

    public Task<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        session.DoAsync("read", name, connection => ReadAsync(connection, name, offset, buffer, cancellationToken), cancellationToken);

    public Task<List<StoredObject>> ListAsync(string prefix, CancellationToken cancellationToken) => session.DoAsync("list", prefix + "*", async connection =>
    {
        // Names are ASCII, so this is the last character there could be after the prefix, and more.
        string sql = $"SELECT name, length, modified FROM {_tables.Object} WHERE name >= @prefix AND name < @prefix || chr(127) ORDER BY name";
        await using NpgsqlCommand command = connection.Command(sql, ("prefix", prefix));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new List<StoredObject>();
        while (await reader.ReadAsync(cancellationToken))
            found.Add(new StoredObject(reader.GetString(0), reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2)));
        return found;
    }, cancellationToken);

    /// <summary>Deletes the object that has the name now; a second try does not touch one that took the name since.</summary>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        Guid? id = await session.DoAsync(
            "delete", name,
            async connection => (Guid?)await connection.ScalarAsync($"SELECT id FROM {_tables.Object} WHERE name = @name", [("name", name)], cancellationToken),
            cancellationToken);
        if (id is null)
            return;
        await session.DoAsync(
            "delete", name,
            connection => connection.ExecuteAsync($"WITH gone AS (DELETE FROM {_tables.Object} WHERE id = @id RETURNING id) DELETE FROM {_tables.Chunk} USING gone WHERE chunk.id = gone.id",
                [("id", id.Value)],
                cancellationToken),
            cancellationToken);
    }

    private async Task<int> ReadAsync(NpgsqlConnection connection, string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        // From the last row that begins at or before the offset; the parts of rows are cut by the server.
        string sql = $"""
            SELECT o.length, c.start, substring(c.bytes
                FROM (greatest(@offset - c.start, 0) + 1)::integer
                FOR (least(@until, c.start + octet_length(c.bytes)) - greatest(@offset, c.start))::integer)
            FROM {_tables.Object} o LEFT JOIN {_tables.Chunk} c
                ON c.id = o.id AND c.start < @until AND c.start + octet_length(c.bytes) > @offset
                AND c.start >= (SELECT coalesce(max(start), 0) FROM {_tables.Chunk} WHERE id = o.id AND start <= @offset)
            WHERE o.name = @name ORDER BY c.start
            """;
        long until = offset > long.MaxValue - buffer.Length ? long.MaxValue : offset + buffer.Length;
        await using NpgsqlCommand command = connection.Command(sql, ("name", name), ("offset", offset), ("until", until));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        long length = -1;
        int read = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            length = reader.GetInt64(0);
            if (await reader.IsDBNullAsync(1, cancellationToken))
                break;
            if (Math.Max(reader.GetInt64(1), offset) != offset + read)
                break;
            await using Stream bytes = await reader.GetStreamAsync(2, cancellationToken);
            int count = checked((int)bytes.Length);
            await bytes.ReadExactlyAsync(buffer.Slice(read, count), cancellationToken);
            read += count;
        }
        if (length < 0)
            throw new ObjectNotFoundException(name, session.Description);
        long wanted = Math.Clamp(length - offset, 0, buffer.Length);
        return read == wanted ? read : throw new CorruptCheckpointException(name, offset + read, $"{wanted - read} bytes more", "that their rows are missing");
    }
}
