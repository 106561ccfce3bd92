using System.Diagnostics;

namespace Gristmill.Engine.Tests.Checkpoints;

/// <summary>A file system of 1 MB over a folder, where the machine allows to mount one.</summary>
internal sealed class TinyDisk : IDisposable
{
    private readonly string _path;

    private TinyDisk(string path) => _path = path;

    public static async Task<TinyDisk?> TryMountAsync(string path, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return null;
        return await RunAsync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path], cancellationToken) ? new TinyDisk(path) : null;
    }

    public void Dispose() => RunAsync("umount", [_path], CancellationToken.None).GetAwaiter().GetResult();

    private static async Task<bool> RunAsync(string command, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0;
    }
}
