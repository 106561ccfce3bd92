namespace Gristmill.Checkpoints.Internal;

/// <summary>Turns what a file system says into an exception that names path, cause and remedy.</summary>
internal static class FileErrors
{
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Whether it is the file system that failed, not the caller.</summary>
    public static bool IsIo(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>Runs file work and explains its failure.</summary>
    public static T Guard<T>(string path, string doing, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (IsIo(e))
        {
            throw Explain(e, path, doing);
        }
    }

    /// <summary>Runs file work and explains its failure.</summary>
    public static void Guard(string path, string doing, Action work) => Guard(path, doing, () =>
    {
        work();
        return true;
    });

    /// <summary>The exception for a failure.</summary>
    public static CheckpointStoreException Explain(Exception e, string path, string doing) =>
        new($"Cannot {doing} '{path}': {Cause(e)}", e);

    private static string Cause(Exception e) => e switch
    {
        UnauthorizedAccessException => $"permission denied. Let the user of this process ({Environment.UserName}) read and write the checkpoint folder and everything in it.",
        _ when IsUnix(e, 13, 1) => $"permission denied, or hard links are forbidden there. Let the user of this process ({Environment.UserName}) read and write the checkpoint folder, on a file system with hard links.",
        _ when IsFull(e) => "the disk is full or a quota is reached. Free space, keep fewer checkpoints, or put the checkpoint folder on a larger disk.",
        _ when IsUnix(e, 30) => "the file system is read-only. Remount it, or put the checkpoint folder elsewhere; a disk that failed is often remounted read-only.",
        _ when IsUnix(e, 18, 31, 38, 78, 95, 102) => "the file system has no hard links, which checkpoints need to never overwrite one another. Use another one for the checkpoint folder.",
        PathTooLongException => "the path is too long. Use a shorter checkpoint folder or job name.",
        _ => $"{e.Message.TrimEnd('.')}. Look into the disk's health and the system's log.",
    };

    private static bool IsFull(Exception e) =>
        e.HResult is WindowsDiskFull or WindowsHandleDiskFull || IsUnix(e, 28, 122, 69);

    // .NET keeps the errno of an IOException in HResult; Unix.cs does the same.
    private static bool IsUnix(Exception e, params ReadOnlySpan<int> errors) =>
        !OperatingSystem.IsWindows() && errors.Contains(e.HResult);
}
