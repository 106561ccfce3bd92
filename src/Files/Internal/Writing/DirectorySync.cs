using System.Runtime.InteropServices;

namespace Gristmill.Files.Internal;

/// <summary>
/// Makes names durable: on Unix a new or renamed file survives a loss of power only once its directory was synced, and
/// .NET has no call for that. Windows' file systems journal names themselves.
/// </summary>
internal static class DirectorySync
{
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;
        int handle = Open(directory, 0);
        if (handle < 0)
            throw new IOException($"Cannot open the directory '{directory}' to sync it (errno {Marshal.GetLastPInvokeError()}).");
        try
        {
            const int Unsupported = 22;
            // Some network file systems can't sync a directory and say EINVAL; they have no more to give.
            if (Sync(handle) != 0 && Marshal.GetLastPInvokeError() is var errno and not Unsupported)
                throw new IOException($"Cannot sync the directory '{directory}' (errno {errno}).");
        }
        finally
        {
            _ = Close(handle);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int handle);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}
