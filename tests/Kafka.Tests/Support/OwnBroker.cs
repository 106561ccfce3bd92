using System.Diagnostics;

namespace Gristmill.Kafka.Tests;

/// <summary>A broker of a test's own, which it may kill. It comes back with the same address and data.</summary>
public sealed class OwnBroker : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"gristmill-broker-{Guid.NewGuid():N}");

    private OwnBroker()
    {
    }

    public string Address { get; private set; } = "";

    public KafkaConnection Connection => new(Address);

    public static async Task<OwnBroker> StartedAsync()
    {
        var broker = new OwnBroker();
        try
        {
            await broker.StartAsync();
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    public async Task StartAsync() => Address = await RunAsync("start");

    public Task KillAsync() => RunAsync("kill");

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> RunAsync(string verb)
    {
        // Its error output is not read: the broker keeps that open for as long as it lives.
        using Process process = Process.Start(new ProcessStartInfo(Broker.Script, [verb, _folder]) { RedirectStandardOutput = true })!;
        string? line = await process.StandardOutput.ReadLineAsync().WaitAsync(Bound);
        await process.WaitForExitAsync().WaitAsync(Bound);
        Assert.True(process.ExitCode == 0, $"'{Broker.Script} {verb} {_folder}' ended with {process.ExitCode}.");
        return line ?? "";
    }
}
