using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Gristmill.Checkpoints;
using Gristmill.Client;
using Gristmill.Flights.Tests;
using Gristmill.GrainInterfaces;
using Gristmill.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace Gristmill.Silo.Tests.Support;

/// <summary>Three silo processes and a PostgreSQL server, by infra/local-cluster.sh, with a client of theirs.</summary>
internal sealed partial class LocalCluster : IAsyncDisposable
{
    public const string Job = "flights";

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    private readonly RunFolder _folder;
    private readonly Dictionary<string, string> _settings;
    private ICheckpointStore _store;
    private IHost? _host;

    private LocalCluster(RunFolder folder, Dictionary<string, string> settings, ICheckpointStore store)
    {
        _store = store;
        _folder = folder;
        _settings = settings;
    }

    public static int Silos => 3;

    public IGristmillClient Client => _host!.Services.GetRequiredService<IGristmillClient>();

    /// <summary>Why there can be no cluster here, or null.</summary>
    public static string? Missing()
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), .. Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")) : []];
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return "infra/local-cluster.sh needs bash";
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, "initdb"))))
            return "PostgreSQL is not installed";
        return Directory.Exists(Environment.GetEnvironmentVariable("GRISTMILL_ORLEANS_SQL"))
            ? null
            : "GRISTMILL_ORLEANS_SQL does not name the folder of Orleans' SQL scripts; 'infra/postgres/init.sh fetch FOLDER' fetches them";
    }

    /// <param name="folder">Where everything lies.</param>
    /// <param name="settings">Settings of the silos.</param>
    /// <param name="store">The store that the settings name; null: files in the folder, or the cluster's own database.</param>
    public static async Task<LocalCluster> StartAsync(RunFolder folder, Dictionary<string, string> settings, ICheckpointStore? store = null)
    {
        var cluster = new LocalCluster(folder, settings, store ?? new FileCheckpointStore(folder.Checkpoints));
        try
        {
            await cluster.ScriptAsync("start", cluster.Folder);
            if (settings.GetValueOrDefault("Gristmill__Checkpoints__Kind") == "PostgreSql")
                cluster._store = new PostgresCheckpointStore(await cluster.ConnectionAsync());
            cluster._host = await cluster.ConnectAsync("gristmill");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A client of the cluster, or of one there is not.</summary>
    public async Task<IHost> ConnectAsync(string clusterId)
    {
        string connection = await ConnectionAsync();
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleansClient(client =>
        {
            client.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = ("Npgsql", connection));
            client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (clusterId, "gristmill"));
            client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
        });
        builder.Services.AddGristmillClient();
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>kill -9.</summary>
    /// <returns>When.</returns>
    public DateTimeOffset Kill(int silo)
    {
        Assert.Equal(0, Signal(ProcessOf(silo), 9));
        return DateTimeOffset.UtcNow;
    }

    /// <summary>kill -TERM.</summary>
    public void Terminate(int silo) => Assert.Equal(0, Signal(ProcessOf(silo), 15));

    public bool HasEnded(int silo) => Signal(ProcessOf(silo), 0) != 0;

    public Task StartSiloAsync(int silo) => ScriptAsync("silo", Folder, silo.ToString(CultureInfo.InvariantCulture));

    public string LogOf(int silo) => Read(Path.Combine(Folder, $"silo-{silo}.log"));

    /// <summary>What a silo has copied to its own disk.</summary>
    public IReadOnlyList<string> CopiesOf(int silo) => Directory.GetFiles(Path.Combine(Folder, $"copies-{silo}"), "*.state", SearchOption.AllDirectories);

    public string HealthOf(int silo) => $"http://127.0.0.1:{File.ReadAllText(Path.Combine(Folder, $"silo-{silo}.health")).Trim()}/healthz/";

    /// <summary>What the checkpoint store has as complete, oldest first.</summary>
    public async Task<IReadOnlyList<CheckpointAttempt>> CompleteAsync()
    {
        HistoryPage page = await CheckpointHistory.ReadAsync(_store, Job);
        return [.. page.Attempts.Where(attempt => attempt.Outcome == CheckpointOutcome.Completed)];
    }

    /// <summary>The first checkpoint begun and committed after a moment.</summary>
    public async Task<CheckpointAttempt> CheckpointAfterAsync(DateTimeOffset moment)
    {
        CheckpointAttempt? found = null;
        await UntilAsync($"a checkpoint was begun after {moment:HH:mm:ss.fff} and committed", async () =>
        {
            found = (await CompleteAsync()).FirstOrDefault(attempt => attempt.StartedAt > moment);
            return found is not null;
        });
        return found!;
    }

    public Task<JobReport> CompletedAsync() => ReportAsync("the job was complete", report => report.State == "Completed");

    /// <summary>Waits for a report of the job; one that dies with its silo is asked for again.</summary>
    public async Task<JobReport> ReportAsync(string what, Func<JobReport, bool> condition)
    {
        JobReport? last = null;
        await UntilAsync(what, async () =>
        {
            try
            {
                last = await Client.GetStatusAsync(Job);
            }
            catch (ClusterUnreachableException)
            {
                return false;
            }

            Assert.False(last.State == "Failed", $"The job failed: {last.Error}{Environment.NewLine}{Logs()}");
            return condition(last);
        });
        return last!;
    }

    public async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(2), $"Waited for 2 minutes in vain until {what}.{Environment.NewLine}{Logs()}");
            await Task.Delay(LookAgain, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.StopAsync();
            _host.Dispose();
        }

        await ScriptAsync("stop", Folder);
    }

    private async Task<string> ConnectionAsync() => (await File.ReadAllTextAsync(Path.Combine(Folder, "connection"))).Trim();

    private string Folder => _folder.At("cluster");

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);

    private int ProcessOf(int silo) => int.Parse(File.ReadAllText(Path.Combine(Folder, $"silo-{silo}.pid")), CultureInfo.InvariantCulture);

    private string Logs() => string.Join(Environment.NewLine, Enumerable.Range(1, Silos).Select(silo =>
        $"--- silo {silo}{Environment.NewLine}{string.Join('\n', LogOf(silo).TrimEnd().Split('\n').TakeLast(25))}"));

    private static string Read(string path)
    {
        if (!File.Exists(path))
            return "";
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private async Task ScriptAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in arguments.Prepend(Script()))
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in _settings)
            start.Environment[name] = value;
        start.Environment["GRISTMILL_SILO_PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "Gristmill.FlightsCluster.dll");
        start.Environment["GRISTMILL_SILOS"] = Silos.ToString(CultureInfo.InvariantCulture);
        start.Environment["GRISTMILL_STORE"] = _settings.ContainsKey("Gristmill__Checkpoints__Kind") ? "given" : "files";
        start.Environment["Gristmill__Checkpoints__Folder"] = _folder.Checkpoints;
        start.Environment["Flights__Output"] = _folder.Output;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"local-cluster.sh {arguments[0]}: exit code {process.ExitCode}{Environment.NewLine}{await output}{Environment.NewLine}{await error}");
    }

    /// <summary>The repository is above the tests' folder, or above where they were compiled.</summary>
    private static string Script([System.Runtime.CompilerServices.CallerFilePath] string here = "")
    {
        foreach (string from in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(here)! })
        {
            for (string? folder = from; folder is not null; folder = Path.GetDirectoryName(folder))
            {
                string script = Path.Combine(folder, "infra", "local-cluster.sh");
                if (File.Exists(script))
                    return script;
            }
        }

        throw new FileNotFoundException("infra/local-cluster.sh is nowhere above the tests.");
    }
}
