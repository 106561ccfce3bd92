using Gristmill.Checkpoints;
using Npgsql;

namespace Gristmill.Postgres.Internal;

/// <summary>
/// An object being uploaded: rows under an id that no object has yet. Publishing is one statement that gives the id its
/// name and ends the upload; whether one whose answer was lost has happened is told by the id the name has.
/// </summary>
internal sealed class PostgresObjectWriter(PostgresSession session, string name) : ObjectWriter
{
    private readonly PostgresTables _tables = session.Tables;
    private readonly Guid _id = Guid.NewGuid();
    private byte[] _buffer = [];
    private int _filled;
    private long _sent;
    private bool _hasUpload;
    private bool _closed;
    private bool _broken;
    private bool _isOver;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable();
        cancellationToken.ThrowIfCancellationRequested();
        // Part of the bytes may be taken when a write fails.
        _broken = true;
        while (bytes.Length > 0)
        {
            MakeRoom(bytes.Length);
            int count = Math.Min(bytes.Length, _buffer.Length - _filled);
            bytes[..count].CopyTo(_buffer.AsMemory(_filled));
            bytes = bytes[count..];
            _filled += count;
            if (_filled == session.Options.ChunkBytes)
                await SendAsync(cancellationToken);
        }
        _broken = false;
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable();
        cancellationToken.ThrowIfCancellationRequested();
        _closed = true;
        if (_sent > 0 && _filled > 0)
            await SendAsync(cancellationToken);
        Publication outcome = await session.DoAsync("write", name, connection => PublishAsync(connection, cancellationToken), cancellationToken);
        if (outcome == Publication.Lost)
        {
            throw new CheckpointStoreException(
                $"'{name}' could not be completed in {session.Description}: the server no longer has what was uploaded of it. "
                + $"It was silent for more than AbandonedAfter ({session.Options.AbandonedAfter}), or the server failed over to one that lagged behind.");
        }
        _isOver = outcome == Publication.Done;
        if (outcome == Publication.Anothers)
            throw new ObjectExistsException(name, session.Description);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        _closed = true;
        _buffer = [];
        if (_isOver || !_hasUpload)
            return;
        _isOver = true;
        try
        {
            await session.DoAsync("drop", name, connection => new AbandonedUploads(session).DropAsync(connection, _id, CancellationToken.None), _ => false, CancellationToken.None);
        }
        catch (CheckpointStoreException)
        {
            // What is left of it is deleted once it is old.
        }
    }

    /// <summary>Small objects need small buffers only: a buffer grows up to a row.</summary>
    private void MakeRoom(int wanted)
    {
        if (_filled < _buffer.Length)
            return;
        int most = session.Options.ChunkBytes;
        Array.Resize(ref _buffer, (int)Math.Clamp(Math.Max(_buffer.Length * 2L, (long)_filled + wanted), Math.Min(4096, most), most));
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        // The first row brings the upload with it. Later ones belong to one that is still there, or the object has a hole.
        string sql = _sent == 0
            ? $"""
                WITH alive AS (INSERT INTO {_tables.Upload} VALUES (@id, clock_timestamp()) ON CONFLICT (id) DO UPDATE SET touched = excluded.touched RETURNING id)
                {AddChunk}
                """
            : $"""
                WITH alive AS (UPDATE {_tables.Upload} SET touched = clock_timestamp() WHERE id = @id RETURNING id)
                {AddChunk}
                """;
        _hasUpload = true;
        ReadOnlyMemory<byte> bytes = _buffer.AsMemory(0, _filled);
        int added = await session.DoAsync(
            "write", name,
            connection => connection.ExecuteAsync(sql, [("id", _id), ("start", _sent), ("bytes", bytes)], cancellationToken),
            cancellationToken);
        if (added == 0)
            throw new CheckpointStoreException($"Cannot write '{name}' in {session.Description}: it was silent for more than AbandonedAfter ({session.Options.AbandonedAfter}) and was dropped.");
        _sent += _filled;
        _filled = 0;
    }

    // A second try writes the same bytes to the same place.
    private string AddChunk => $"""
        INSERT INTO {_tables.Chunk} (id, start, bytes) SELECT id, @start, @bytes FROM alive
        ON CONFLICT (id, start) DO UPDATE SET bytes = excluded.bytes
        """;

    private async Task<Publication> PublishAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        int published = _sent > 0
            ? await connection.ExecuteAsync(PublishUpload, [("name", name), ("id", _id), ("length", _sent)], cancellationToken)
            : await connection.ExecuteAsync(PublishSmall, [("name", name), ("id", _id), ("bytes", (ReadOnlyMemory<byte>)_buffer.AsMemory(0, _filled))], cancellationToken);
        if (published > 0)
            return Publication.Done;
        object? holder = await connection.ScalarAsync($"SELECT id FROM {_tables.Object} WHERE name = @name", [("name", name)], cancellationToken);
        return holder is not Guid id ? Publication.Lost : id == _id ? Publication.Done : Publication.Anothers;
    }

    /// <summary>
    /// The lock on the upload makes a try that is still under way on a broken connection, and a collection, come first or
    /// last. All bytes must be there: a server that failed over may have lost some.
    /// </summary>
    private string PublishUpload => $"""
        WITH made AS (
            INSERT INTO {_tables.Object} (name, id, length, lines, modified)
            SELECT @name, id, @length, false, clock_timestamp() FROM {_tables.Upload}
            WHERE id = @id AND @length = (SELECT sum(octet_length(bytes)) FROM {_tables.Chunk} WHERE chunk.id = @id)
            FOR UPDATE OF upload
            ON CONFLICT (name) DO NOTHING RETURNING id)
        DELETE FROM {_tables.Upload} USING made WHERE upload.id = made.id
        """;

    /// <summary>What fits into a row needs no upload. An empty object has a row too, so that rows are what tells success.</summary>
    private string PublishSmall => $"""
        WITH made AS (
            INSERT INTO {_tables.Object} (name, id, length, lines, modified)
            VALUES (@name, @id, octet_length(@bytes), false, clock_timestamp())
            ON CONFLICT (name) DO NOTHING RETURNING id)
        INSERT INTO {_tables.Chunk} (id, start, bytes) SELECT id, 0, @bytes FROM made
        """;

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_broken)
            throw new InvalidOperationException($"An earlier write to '{name}' failed, so it can only be disposed.");
    }

    private enum Publication
    {
        Done,
        Anothers,
        Lost,
    }
}
