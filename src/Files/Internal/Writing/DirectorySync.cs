using System.Runtime.InteropServices;

namespace Gristmill.Files.Internal;

/// <summary>
/// Makes names durable: on Unix a new or renamed file survives a loss of power only once its directory was synced, and
/// .NET has no call for that. Windows' file systems journal names themselves.
/// </summary>
internal static class DirectorySync
{
    /// <summary>Makes a directory and those above it that are missing, each durable before the one in it is made.</summary>
    public static void Create(string directory)
    {
        if (Directory.Exists(directory))
            return;
        string? above = Path.GetDirectoryName(directory);
        if (above is not null)
            Create(above);
        Directory.CreateDirectory(directory);
        if (above is null)
            return;
        try
        {
            Flush(above);
        }
        catch (UnauthorizedAccessException)
        {
            // We may make names in it but not open it. It was made by somebody with more rights, who answers for it.
        }
    }

    /// <summary>Makes the names in a directory durable.</summary>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;
        int handle = Open(directory, 0);
        if (handle < 0)
        {
            const int AccessDenied = 13;
            int errno = Marshal.GetLastPInvokeError();
            string message = $"Cannot open the directory '{directory}' to sync it (errno {errno}).";
            throw errno == AccessDenied ? new UnauthorizedAccessException(message) : new IOException(message);
        }
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
