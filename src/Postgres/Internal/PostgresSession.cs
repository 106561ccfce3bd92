using System.Data;
using Gristmill.Checkpoints;
using Npgsql;

namespace Gristmill.Postgres.Internal;

/// <summary>
/// Opens connections, sees to the tables once, and tries again what may be. No session state is kept between calls, so a
/// pooler by transaction may stand in between.
/// </summary>
internal sealed class PostgresSession(Func<NpgsqlConnection> connect, PostgresOptions options, string description)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private readonly PostgresTables _tables = new(options.Schema);
    private volatile bool _isReady;

    public string Description => description;

    public PostgresOptions Options => options;

    /// <summary>The tables' names, quoted and with their schema.</summary>
    public PostgresTables Tables => _tables;

    /// <summary>Does something that may be done twice, again after a transient failure.</summary>
    public Task<T> DoAsync<T>(string doing, string name, Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
        => DoAsync(doing, name, work, PostgresErrors.IsTransient, cancellationToken);

    /// <summary>Does something, again after those failures only that may be tried again.</summary>
    public async Task<T> DoAsync<T>(
        string doing, string name, Func<NpgsqlConnection, Task<T>> work, Func<Exception, bool> mayRetry, CancellationToken cancellationToken)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await TryAsync(work, cancellationToken);
            }
            catch (Exception e) when (attempt < options.Retries && !cancellationToken.IsCancellationRequested && mayRetry(e))
            {
                await Task.Delay(DelayOf(attempt), cancellationToken);
            }
            catch (Exception e) when (PostgresErrors.IsService(e))
            {
                throw new CheckpointStoreException($"Cannot {doing} '{name}' in {description}: {PostgresErrors.Cause(e)}", e);
            }
        }
    }

    private static TimeSpan DelayOf(int attempt)
    {
        TimeSpan most = FirstDelay * Math.Pow(2, Math.Min(attempt, 10));
        // Spread, so that those who failed together don't come back together.
        return (most < LongestDelay ? most : LongestDelay) * (0.5 + (Random.Shared.NextDouble() / 2));
    }

    private async Task<T> TryAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = connect();
        await OpenAsync(connection, cancellationToken);
        return await work(connection);
    }

    private async Task OpenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.OpenAsync(cancellationToken);
        if (_isReady)
            return;
        await _tables.MakeAsync(connection, description, cancellationToken);
        _isReady = connection.State == ConnectionState.Open;
    }
}
