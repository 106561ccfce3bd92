using System.Diagnostics;
using System.Reflection;

namespace Gristmill.KafkaBench;

/// <summary>The program that is measured.</summary>
internal static class CountsProcess
{
    private static string Program { get; } = Path.GetFullPath(
        typeof(CountsProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(metadata => metadata.Key == "KafkaCounts").Value!);

    public static Process Start(string bootstrap, Topics topics, string interval, long parallelism, params string[] more)
    {
        string[] arguments =
        [
            "exec", Program, "--bootstrap", bootstrap, "--in", topics.In, "--out", topics.Out,
            "--group", topics.Group, "--checkpoints", topics.Checkpoints.FullName, "--interval", interval, "--parallelism", $"{parallelism}", .. more,
        ];
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", arguments) { RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        process.BeginOutputReadLine();
        return process;
    }
}
