using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Gristmill.Postgres.Tests;

/// <summary>What becomes of what a client sends.</summary>
public enum Fate
{
    /// <summary>It arrives and is answered.</summary>
    Passes,

    /// <summary>The connection is cut before it arrives.</summary>
    NeverArrives,

    /// <summary>It arrives, and the connection is cut instead of the answer.</summary>
    AnswerIsLost,
}

/// <summary>The way to the server, with faults: decides by the text of each piece a client sends, and by how many came before.</summary>
public sealed class FaultyProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, int, Fate> _decide;
    private readonly CancellationTokenSource _closing = new();
    private int _count;

    public FaultyProxy(Func<string, int, Fate> decide)
    {
        _decide = decide;
        _listener.Start();
        ConnectionString = new NpgsqlConnectionStringBuilder(PostgresServer.ConnectionString)
        {
            Host = "127.0.0.1",
            Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        }.ConnectionString;
        _ = AcceptAsync();
    }

    /// <summary>How many pieces clients have sent.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>In the clear, so that the texts can be read on the way.</summary>
    public string ConnectionString { get; }

    /// <summary>Has what contains the text meet its fate the first so many times.</summary>
    public static FaultyProxy At(string text, Fate fate, int times = 1)
    {
        int left = times;
        return new FaultyProxy((sent, _) => sent.Contains(text, StringComparison.Ordinal) && Interlocked.Decrement(ref left) >= 0 ? fate : Fate.Passes);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await using var connection = new NpgsqlConnection(ConnectionString);
        NpgsqlConnection.ClearPool(connection);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_closing.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        var target = new NpgsqlConnectionStringBuilder(PostgresServer.ConnectionString);
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(target.Host!, target.Port, _closing.Token);
                using var cut = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
                bool losesAnswer = false;
                Task up = PumpAsync(client, server, piece =>
                {
                    Fate fate = _decide(Encoding.Latin1.GetString(piece), Interlocked.Increment(ref _count));
                    losesAnswer |= fate == Fate.AnswerIsLost;
                    return fate != Fate.NeverArrives;
                }, cut.Token);
                Task down = PumpAsync(server, client, _ => !losesAnswer, cut.Token);
                await Task.WhenAny(up, down);
                await cut.CancelAsync();
                await Task.WhenAll(up, down);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
            {
                // Either side has gone.
            }
        }
    }

    private static async Task PumpAsync(TcpClient from, TcpClient to, Func<byte[], bool> passes, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 << 10];
        int read;
        while ((read = await from.GetStream().ReadAsync(buffer, cancellationToken)) > 0 && passes(buffer[..read]))
            await to.GetStream().WriteAsync(buffer.AsMemory(0, read), cancellationToken);
    }
}
