using Npgsql;

namespace Gristmill.Postgres.Internal;

/// <summary>
/// Deletes what uploads leave that never became an object. An id that an object has is never one of those: a first try that
/// arrives after a later one may leave an upload behind a published object.
/// </summary>
internal sealed class AbandonedUploads(PostgresSession session)
{
    // A listing that passes takes a few along; it must not become a clean-up that lasts.
    private const int MostAtOnce = 16;

    private readonly PostgresTables _tables = session.Tables;

    /// <summary>Deletes the rows of uploads that have been silent for long.</summary>
    public Task CollectAsync(CancellationToken cancellationToken) => session.DoAsync(
        "collect abandoned uploads of", session.Options.Schema,
        connection => connection.ExecuteAsync(Drop($"""
                id IN (
                    SELECT id FROM {_tables.Upload} WHERE touched < clock_timestamp() - @age
                    ORDER BY touched LIMIT {MostAtOnce} FOR UPDATE SKIP LOCKED)
                """),
            [("age", session.Options.AbandonedAfter)],
            cancellationToken),
        cancellationToken);

    /// <summary>Deletes the rows of one upload, unless it has become an object.</summary>
    public Task<int> DropAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(Drop("id = @id"), [("id", id)], cancellationToken);

    private string Drop(string which) => $"""
        WITH gone AS (DELETE FROM {_tables.Upload} WHERE {which} RETURNING id)
        DELETE FROM {_tables.Chunk} USING gone
        WHERE chunk.id = gone.id AND NOT EXISTS (SELECT FROM {_tables.Object} WHERE object.id = gone.id)
        """;
}
