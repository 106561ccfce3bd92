using Gristmill.Checkpoints;
using Npgsql;

namespace Gristmill.Postgres.Internal;

/// <summary>The tables of a store, and how they are made.</summary>
internal sealed class PostgresTables(string schema)
{
    private const int CurrentFormat = 1;

    /// <summary>"GRISTMIL" in ASCII: the class of our advisory locks.</summary>
    private const long LockKey = 0x4752_4953_544D_494C;

    public string Object => Of("object");

    public string Upload => Of("upload");

    public string Chunk => Of("chunk");

    public string Head => Of("head");

    private string Format => Of("format");

    /// <summary>
    /// Makes what is missing. Tables that are there already ask for no right to make any. Of several processes that start
    /// at once one makes them, and the others wait for it.
    /// </summary>
    public async Task MakeAsync(NpgsqlConnection connection, string store, CancellationToken cancellationToken)
    {
        await RequireDurableCommitsAsync(connection, store, cancellationToken);
        if (await AreThereAsync(connection, null, store, cancellationToken))
            return;
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var alone = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({LockKey})", connection, transaction))
            await alone.ExecuteNonQueryAsync(cancellationToken);
        if (!await AreThereAsync(connection, transaction, store, cancellationToken))
        {
            await using var make = new NpgsqlCommand(Definition, connection, transaction);
            await make.ExecuteNonQueryAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>The whole schema, for docs/stores.md too.</summary>
    internal string Definition => $"""
        CREATE SCHEMA IF NOT EXISTS "{schema}";
        CREATE TABLE {Object} (
            name text COLLATE "C" PRIMARY KEY,
            id uuid NOT NULL UNIQUE,
            length bigint NOT NULL,
            lines boolean NOT NULL,
            modified timestamptz NOT NULL);
        CREATE TABLE {Upload} (
            id uuid PRIMARY KEY,
            touched timestamptz NOT NULL);
        CREATE TABLE {Chunk} (
            id uuid NOT NULL,
            start bigint NOT NULL,
            bytes bytea NOT NULL,
            line uuid,
            PRIMARY KEY (id, start));
        ALTER TABLE {Chunk} ALTER COLUMN bytes SET STORAGE EXTERNAL;
        CREATE UNIQUE INDEX chunk_line ON {Chunk} (line) WHERE line IS NOT NULL;
        CREATE TABLE {Head} (
            job text COLLATE "C" PRIMARY KEY,
            version bigint NOT NULL,
            content bytea NOT NULL);
        CREATE TABLE {Format} (version integer NOT NULL);
        INSERT INTO {Format} VALUES ({CurrentFormat});
        """;

    private async Task<bool> AreThereAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, string store, CancellationToken cancellationToken)
    {
        // The format is the last to be made, in one transaction with the others. Not to_regclass, which looks into a cache
        // that knows nothing of what was made while we waited for the lock.
        await using (var look = new NpgsqlCommand(
            "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = @schema AND c.relname = 'format'", connection, transaction))
        {
            look.Parameters.AddWithValue("schema", schema);
            if (await look.ExecuteScalarAsync(cancellationToken) is null)
                return false;
        }
        await using var read = new NpgsqlCommand($"SELECT max(version) FROM {Format}", connection, transaction);
        return await read.ExecuteScalarAsync(cancellationToken) switch
        {
            CurrentFormat => true,
            int newer and > CurrentFormat => throw new UnsupportedFormatException(store, "schema", newer, CurrentFormat),
            _ => throw new CheckpointStoreException($"The table {Format} in {store} holds no format number. It is not Gristmill's, or was emptied by hand; use another Schema."),
        };
    }

    /// <summary>What is acknowledged must be durable: with this setting off a crash of the server loses the newest commits.</summary>
    private static async Task RequireDurableCommitsAsync(NpgsqlConnection connection, string store, CancellationToken cancellationToken)
    {
        await using var show = new NpgsqlCommand("SHOW synchronous_commit", connection);
        if (await show.ExecuteScalarAsync(cancellationToken) is "off")
        {
            throw new CheckpointStoreException(
                $"synchronous_commit is off in {store}, so a crash of the server could lose a head that has moved. Set it for this user: ALTER ROLE … SET synchronous_commit = on.");
        }
    }

    private string Of(string table) => $"\"{schema}\".\"{table}\"";
}
