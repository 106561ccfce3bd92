using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Gristmill.Postgres.Tests;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Gristmill.Postgres.Tests;

/// <summary>The server the tests talk to: the one GRISTMILL_POSTGRES names, or one of the machine's own, started for the run in a temporary folder.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    public const string Variable = "GRISTMILL_POSTGRES";

    public const string Reason = $"{Variable} is not set to a connection string, and this machine has no PostgreSQL server (apt-get install postgresql) that its user may start.";

    private static readonly string? Bin = FindBin();
    private static string _connectionString = Environment.GetEnvironmentVariable(Variable) ?? "";
    private string? _folder;

    public static string ConnectionString => _connectionString;

    public static bool IsThere => _connectionString.Length > 0 || Bin is not null;

    public async ValueTask InitializeAsync()
    {
        if (_connectionString.Length > 0 || Bin is null)
            return;
        _folder = Directory.CreateTempSubdirectory("gristmill-postgres-").FullName;
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", "postgres", _folder);
        int port = FreePort();
        await RunAsServerAsync("initdb", "-D", Data, "-U", "gristmill", "-A", "trust", "-E", "UTF8", "--no-locale");
        await RunAsServerAsync(
            "pg_ctl", "-D", Data, "-w", "-l", Path.Combine(_folder, "log"),
            "-o", $"-c listen_addresses=127.0.0.1 -p {port} -k {_folder} -c max_connections=200", "start");
        _connectionString = $"Host=127.0.0.1;Port={port};Username=gristmill;Database=postgres;SSL Mode=Disable;GSS Encryption Mode=Disable;Maximum Pool Size=20";
    }

    public async ValueTask DisposeAsync()
    {
        if (_folder is null)
            return;
        await RunAsServerAsync("pg_ctl", "-D", Data, "-w", "-m", "immediate", "stop");
        Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder!, "db");

    /// <summary>PostgreSQL refuses to run as root, who may run it as the user its package made.</summary>
    private static string? FindBin()
    {
        if (OperatingSystem.IsWindows() || (Environment.IsPrivilegedProcess && !(HasPostgresUser() && InPath("runuser"))))
            return null;
        IEnumerable<string> installed = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(version => double.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out double number) ? number : 0).Select(version => Path.Combine(version, "bin"))
            : [];
        return installed.Concat(Folders()).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));
    }

    private static string[] Folders() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);

    private static bool InPath(string program) => Folders().Any(folder => File.Exists(Path.Combine(folder, program)));

    private static bool HasPostgresUser() => File.Exists("/etc/passwd") && File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Task RunAsServerAsync(string program, params string[] arguments)
    {
        string path = Path.Combine(Bin!, program);
        return Environment.IsPrivilegedProcess
            ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunAsync(path, arguments);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // Not piped: the server would inherit the pipe and hold it open. A folder every user may be in.
        string output = Path.GetTempFileName();
        var start = new ProcessStartInfo("sh") { WorkingDirectory = "/", UseShellExecute = false };
        foreach (string argument in (string[])["-c", "out=$1; shift; exec \"$@\" >\"$out\" 2>&1 </dev/null", "sh", output, program, .. arguments])
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}{Environment.NewLine}{await File.ReadAllTextAsync(output)}");
        File.Delete(output);
    }
}

/// <summary>A fact that needs a server.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
        => (Skip, SkipUnless, SkipType) = (PostgresServer.Reason, nameof(PostgresServer.IsThere), typeof(PostgresServer));
}

/// <summary>A theory that needs a server.</summary>
public sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
        => (Skip, SkipUnless, SkipType) = (PostgresServer.Reason, nameof(PostgresServer.IsThere), typeof(PostgresServer));
}
