using Gristmill.Checkpoints;
using Npgsql;

namespace Gristmill.Postgres.Tests;

/// <summary>A schema that goes away with the test.</summary>
public sealed class TestSchema : IAsyncDisposable
{
    public string Name { get; } = $"test_{Guid.NewGuid():N}";

    /// <summary>Opens the store as a process does, directly or by another way.</summary>
    public PostgresCheckpointStore Open(Action<PostgresOptions>? configure = null, string? connectionString = null) => new(connectionString ?? PostgresServer.ConnectionString, options =>
    {
        options.Schema = Name;
        configure?.Invoke(options);
    });

    /// <summary>Carries a statement out beside the store; "{schema}" is this one.</summary>
    /// <returns>The first value, or null.</returns>
    public async Task<object?> SqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(PostgresServer.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql.Replace("{schema}", Name, StringComparison.Ordinal), connection);
        return await command.ExecuteScalarAsync();
    }

    public async Task<long> CountAsync(string table) => (long)(await SqlAsync($"SELECT count(*) FROM {{schema}}.{table}"))!;

    public async ValueTask DisposeAsync() => await SqlAsync("DROP SCHEMA IF EXISTS {schema} CASCADE");
}

internal static class StoreExtensions
{
    public static async Task PutAsync(this ICheckpointStore store, string name, ReadOnlyMemory<byte> content)
    {
        await using ObjectWriter writer = await store.CreateAsync(name);
        await writer.WriteAsync(content);
        await writer.CompleteAsync();
    }

    public static async Task<byte[]> GetAsync(this ICheckpointStore store, string name)
    {
        byte[] bytes = new byte[(await store.GetLengthAsync(name))!.Value + 1];
        return bytes[..await store.ReadAsync(name, 0, bytes)];
    }

    public static byte[] Pattern(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
