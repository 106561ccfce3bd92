using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gristmill.Samples.Flights;

namespace Gristmill.Samples.FlightsCluster;

/// <summary>Where a silo listens; all on this machine.</summary>
internal sealed record SiloPorts(int Silo, int Gateway, int Health)
{
    /// <summary>Ports nobody has at this moment.</summary>
    public static IReadOnlyList<SiloPorts> Free(int silos)
    {
        List<TcpListener> taken = [];
        for (int i = 0; i < 3 * silos; i++)
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            taken.Add(listener);
        }

        List<int> ports = [.. taken.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (TcpListener listener in taken)
            listener.Dispose();
        return [.. ports.Chunk(3).Select(three => new SiloPorts(three[0], three[1], three[2]))];
    }
}

/// <summary>A silo, as a process of this same program.</summary>
internal sealed class SiloProcess : IDisposable
{
    private readonly Process _process;
    private readonly StreamWriter _log;

    private SiloProcess(Process process, string log)
    {
        _process = process;
        Log = log;
        _log = new StreamWriter(log) { AutoFlush = true };
        process.OutputDataReceived += (_, line) => Write(line.Data);
        process.ErrorDataReceived += (_, line) => Write(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>The file that has what it said.</summary>
    public string Log { get; }

    public bool HasExited => _process.HasExited;

    public static SiloProcess Start(Settings settings, SiloPorts ports, int primaryPort, string log)
    {
        string program = typeof(SiloProcess).Assembly.Location;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in new[] { "exec", program, "silo" })
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in SettingsOf(settings, ports, primaryPort))
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        return new SiloProcess(new Process { StartInfo = start }, log);
    }

    /// <summary>Ends it in good order, and the hard way if that takes too long.</summary>
    public async Task StopAsync(TimeSpan longest)
    {
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(longest);
        }
        catch (Exception e) when (e is TimeoutException or IOException)
        {
            _process.Kill();
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
        lock (_log)
            _log.Dispose();
    }

    private static IEnumerable<(string Name, string Value)> SettingsOf(Settings settings, SiloPorts ports, int primaryPort)
    {
        yield return ("Flights:EndsWithInput", "true");
        yield return ("Flights:Input", settings.Input);
        yield return ("Flights:Output", settings.Output);
        if (settings.RowsPerSecond is { } rate)
            yield return ("Flights:RowsPerSecond", rate.ToString(CultureInfo.InvariantCulture));
        yield return ("Gristmill:Clustering:Kind", "Local");
        yield return ("Gristmill:Clustering:PrimaryPort", Text(primaryPort));
        yield return ("Gristmill:Endpoints:SiloPort", Text(ports.Silo));
        yield return ("Gristmill:Endpoints:GatewayPort", Text(ports.Gateway));
        yield return ("Gristmill:HealthPort", Text(ports.Health));
        yield return ("Gristmill:Parallelism", Text(settings.Parallelism));

        // Started by hand when all silos are there, to be dealt out to all of them.
        yield return ("Gristmill:AutoStart", "false");
        yield return ("Gristmill:Checkpoints:Interval", settings.Interval.ToString("c", CultureInfo.InvariantCulture));
        if (Environment.GetEnvironmentVariable("GRISTMILL_AZURITE") is { Length: > 0 } azurite)
        {
            yield return ("Gristmill:Checkpoints:Kind", "AzureBlobs");
            yield return ("Gristmill:Checkpoints:ConnectionString", azurite);
        }
        else
        {
            yield return ("Gristmill:Checkpoints:Kind", "Files");
            yield return ("Gristmill:Checkpoints:Folder", settings.Checkpoints);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Write(string? line)
    {
        if (line is null)
            return;
        lock (_log)
        {
            if (_log.BaseStream is { CanWrite: true })
                _log.WriteLine(line);
        }
    }
}
