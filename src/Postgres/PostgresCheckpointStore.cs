using System.Runtime.CompilerServices;
using Gristmill.Checkpoints;
using Gristmill.Postgres.Internal;
using Npgsql;

namespace Gristmill.Postgres;

/// <summary>
/// Checkpoints in a PostgreSQL database. What the server has committed is durable, and every machine sees it at once.
/// </summary>
/// <remarks>
/// An object is uploaded as rows of about a megabyte under an id of its own, and appears when one statement gives the id
/// its name, on the condition that no object has it. The head is a row a job, moved by one conditional update. Rows of uploads that never became an object
/// are deleted by a listing that passes, once the upload has been silent for <see cref="PostgresOptions.AbandonedAfter"/>.
/// Asks for PostgreSQL 12 or newer. A pooler in between may pool by transaction.
/// </remarks>
public sealed class PostgresCheckpointStore : ICheckpointStore
{
    private readonly PostgresSession _session;
    private readonly PostgresObjects _objects;
    private readonly PostgresLines _lines;
    private readonly PostgresHead _head;
    private readonly AbandonedUploads _abandoned;

    /// <summary>Opens a store; nothing is asked of the server yet. Stores of the same connection string share Npgsql's pool.</summary>
    /// <param name="connectionString">As Npgsql takes it, with a host and a database. It is a secret: it appears in no message.</param>
    /// <param name="configure">Sets options.</param>
    /// <exception cref="ArgumentException">All faults of the connection string and the options.</exception>
    public PostgresCheckpointStore(string connectionString, Action<PostgresOptions>? configure = null)
        : this(ConnectionFaults.TryRead(connectionString, out NpgsqlConnectionStringBuilder? connection, out string? fault) ? connection : null, fault, null, configure)
    {
    }

    /// <summary>Opens a store over a data source of the caller's; nothing is asked of the server yet.</summary>
    /// <param name="source">The data source; its owner disposes it, after the store's last call.</param>
    /// <param name="configure">Sets options.</param>
    /// <exception cref="ArgumentException">All faults of the data source's connection string and the options.</exception>
    public PostgresCheckpointStore(NpgsqlDataSource source, Action<PostgresOptions>? configure = null)
        : this(
            ConnectionFaults.TryRead((source ?? throw new ArgumentNullException(nameof(source))).ConnectionString, out NpgsqlConnectionStringBuilder? connection, out string? fault) ? connection : null,
            fault, source.CreateConnection, configure)
    {
    }

    private PostgresCheckpointStore(NpgsqlConnectionStringBuilder? connection, string? fault, Func<NpgsqlConnection>? connect, Action<PostgresOptions>? configure)
    {
        var options = new PostgresOptions();
        configure?.Invoke(options);
        List<string> faults = [.. connection is null ? [fault!] : ConnectionFaults.Of(connection), .. options.Faults()];
        if (faults.Count > 0)
            throw new ArgumentException($"Checkpoints can't be kept in PostgreSQL:{string.Concat(faults.Select(one => $"{Environment.NewLine}  - {one}"))}");
        Description = $"PostgreSQL at {connection!.Host}:{connection.Port}, database '{connection.Database}', schema '{options.Schema}'";
        _session = new PostgresSession(connect ?? Pooled(connection), options, Description);
        _objects = new PostgresObjects(_session);
        _lines = new PostgresLines(_session);
        _head = new PostgresHead(_session);
        _abandoned = new AbandonedUploads(_session);
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public StoreDurability Durability => StoreDurability.Shared;

    /// <inheritdoc/>
    public ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        return new(new PostgresObjectWriter(_session, name));
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.IsEmpty)
            return await GetLengthAsync(name, cancellationToken) is null ? throw new ObjectNotFoundException(name, Description) : 0;
        return await _objects.ReadAsync(name, offset, buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        return await _objects.LengthAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectName.ValidatePrefix(prefix);
        cancellationToken.ThrowIfCancellationRequested();
        await _abandoned.CollectAsync(cancellationToken);
        foreach (StoredObject item in await _objects.ListAsync(prefix, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        await _objects.DeleteAsync(name, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask AppendLineAsync(string name, string line, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        ArgumentNullException.ThrowIfNull(line);
        if (line.AsSpan().IndexOfAny('\r', '\n') >= 0)
            throw new ArgumentException("A line must not contain a line break.", nameof(line));
        cancellationToken.ThrowIfCancellationRequested();
        await _lines.AppendAsync(name, line, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<StoredHead?> ReadHeadAsync(string job, CancellationToken cancellationToken = default)
    {
        ObjectName.ValidateJob(job);
        cancellationToken.ThrowIfCancellationRequested();
        return await _head.ReadAsync(job, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryMoveHeadAsync(string job, long expectedVersion, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        ObjectName.ValidateJob(job);
        ArgumentOutOfRangeException.ThrowIfNegative(expectedVersion);
        cancellationToken.ThrowIfCancellationRequested();
        return await _head.TryMoveAsync(job, expectedVersion, content, cancellationToken);
    }

    private static Func<NpgsqlConnection> Pooled(NpgsqlConnectionStringBuilder connection)
    {
        // A commit of ours must not wait for, or be undone by, a transaction the caller happens to be in.
        connection.Enlist = false;
        connection.PersistSecurityInfo = false;
        if (string.IsNullOrEmpty(connection.ApplicationName))
            connection.ApplicationName = "gristmill";
        string text = connection.ConnectionString;
        return () => new NpgsqlConnection(text);
    }
}
