using System.Net;
using Gristmill.Client;
using Gristmill.Samples.Flights;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gristmill.Samples.FlightsCluster;

/// <summary>Silos on this machine, the first of which remembers who is there, and a client of theirs.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100);

    private readonly List<SiloProcess> _silos = [];
    private IHost? _host;

    private LocalCluster()
    {
    }

    public IGristmillClient Client => _host!.Services.GetRequiredService<IGristmillClient>();

    public static async Task<LocalCluster> StartAsync(int silos, Settings settings, CancellationToken cancellationToken)
    {
        var cluster = new LocalCluster();
        try
        {
            await cluster.StartSilosAsync(SiloPorts.Free(silos), settings, cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }

        // The first one last: the others ask it who is there.
        foreach (SiloProcess silo in Enumerable.Reverse(_silos))
        {
            await silo.StopAsync(LongestStop);
            silo.Dispose();
        }
    }

    private async Task StartSilosAsync(IReadOnlyList<SiloPorts> ports, Settings settings, CancellationToken cancellationToken)
    {
        DirectoryInfo logs = Directory.CreateTempSubdirectory("gristmill-silos-");
        for (int i = 0; i < ports.Count; i++)
        {
            var silo = SiloProcess.Start(settings, ports[i], ports[0].Silo, Path.Combine(logs.FullName, $"silo-{i + 1}.log"));
            _silos.Add(silo);
            Console.WriteLine($"silo {i + 1}: process {silo.Id}, http://localhost:{ports[i].Health}/healthz/ready, log {silo.Log}");
            if (i == 0)
                await ReadyAsync(silo, ports[0], cancellationToken);
        }

        await Task.WhenAll(_silos.Zip(ports, (silo, its) => ReadyAsync(silo, its, cancellationToken)));
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddFilter(_ => false);
        builder.UseOrleansClient(client => client.UseLocalhostClustering([.. ports.Select(its => its.Gateway)], "gristmill", "gristmill"));
        builder.Services.AddGristmillClient();
        _host = builder.Build();
        await _host.StartAsync(cancellationToken);
    }

    private static async Task ReadyAsync(SiloProcess silo, SiloPorts ports, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestStart);
        using var http = new HttpClient();
        var ready = new Uri($"http://localhost:{ports.Health}/healthz/ready");
        while (!await IsReadyAsync(http, ready, limit.Token))
        {
            if (silo.HasExited || limit.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new IOException($"A silo {(silo.HasExited ? "has ended" : $"is not ready after {LongestStart}")}; what it said is in {silo.Log}:{Environment.NewLine}{Tail(silo.Log)}");
            }

            await Task.Delay(LookAgain, CancellationToken.None);
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, Uri ready, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(ready, cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private static string Tail(string log)
    {
        using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return string.Join(Environment.NewLine, reader.ReadToEnd().TrimEnd().Split('\n').TakeLast(10));
    }
}
