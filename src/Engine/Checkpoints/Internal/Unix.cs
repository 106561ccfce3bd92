using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Gristmill.Checkpoints.Internal;

/// <summary>The few calls of Unix that .NET has no counterpart of. None takes variable arguments: those break on ARM Macs.</summary>
[UnsupportedOSPlatform("windows")]
internal static partial class Unix
{
    public const int ExistsError = 17; // EEXIST, the same on Linux, macOS and the BSDs

    private const int NotFoundError = 2; // ENOENT
    private const int InterruptedError = 4; // EINTR
    private const int InvalidError = 22; // EINVAL
    private const int ReadOnlyError = 30; // EROFS
    private const int CurrentDirectory = -100; // AT_FDCWD of Linux
    private const uint LinkCountWanted = 4; // STATX_NLINK

    /// <summary>Gives a file a second name; false when that name is taken. One atomic step, on NFS too.</summary>
    public static bool TryLink(string path, string newPath)
    {
        if (Retry(() => link(path, newPath)) == 0)
            return true;
        var error = Marshal.GetLastPInvokeError();
        if (error != ExistsError)
            throw Failure(error, "link(2)");
        // The reply of a link over NFS can get lost, and the request sent again finds its own work. open(2) says how to tell:
        // the file has two names then.
        return OperatingSystem.IsLinux() && LinkCount(path) == 2;
    }

    /// <summary>Makes what happened to the names in a directory durable.</summary>
    public static void SyncDirectory(string path)
    {
        var descriptor = Retry(() => open(path, 0));
        if (descriptor < 0)
            throw Failure(Marshal.GetLastPInvokeError(), "open(2)");
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Retry(() => fsync(descriptor)) == 0)
            return;
        var error = Marshal.GetLastPInvokeError();
        // Some file systems cannot sync a directory because they never delay it; a read-only one has nothing to sync.
        if (error is not (InvalidError or ReadOnlyError))
            throw Failure(error, "fsync(2)");
    }

    /// <summary>Opens an existing file so that every write lands at its end as one piece, whoever else appends.</summary>
    public static SafeFileHandle OpenAppend(string path)
    {
        const int WriteOnly = 1;
        var append = OperatingSystem.IsLinux() ? 0x400 : 0x8; // O_APPEND
        var descriptor = Retry(() => open(path, WriteOnly | append));
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(Marshal.GetLastPInvokeError(), "open(2)");
    }

    /// <summary>Appends in a single write; a short one throws and leaves a torn line.</summary>
    public static void Append(SafeFileHandle file, byte[] bytes)
    {
        var descriptor = (int)file.DangerousGetHandle();
        var written = Retry(() => (int)write(descriptor, bytes, bytes.Length));
        if (written < 0)
            throw Failure(Marshal.GetLastPInvokeError(), "write(2)");
        if (written != bytes.Length)
            throw Failure(28, "write(2)"); // ENOSPC is why a disk takes part of a line
    }

    private static long LinkCount(string path)
    {
        var buffer = new byte[256]; // struct statx, whose layout is the same on every architecture
        return statx(CurrentDirectory, path, 0, LinkCountWanted, buffer) == 0 ? BitConverter.ToUInt32(buffer, 16) : 0;
    }

    private static IOException Failure(int error, string call) => error == NotFoundError
        ? new FileNotFoundException($"{call}: {Marshal.GetPInvokeErrorMessage(error)}")
        : new IOException($"{call}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})", error);

    private static int Retry(Func<int> call)
    {
        int result;
        do
            result = call();
        while (result < 0 && Marshal.GetLastPInvokeError() == InterruptedError);
        return result;
    }

#pragma warning disable SYSLIB1054, IDE1006 // Named as in the C library.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string path, string newPath);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, byte[] bytes, nint count);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int directory, string path, int flags, uint mask, byte[] buffer);
#pragma warning restore SYSLIB1054, IDE1006
}
