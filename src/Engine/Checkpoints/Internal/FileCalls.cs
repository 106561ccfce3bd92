using Microsoft.Win32.SafeHandles;

namespace Gristmill.Checkpoints.Internal;

/// <summary>Calls on single files: a missing one is an answer, every other failure is explained. All calls block.</summary>
internal static class FileCalls
{
    /// <summary>Opens a file for reading, or null when there is none.</summary>
    public static SafeFileHandle? OpenRead(string path) => FileErrors.Guard(path, "open", () =>
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        }
        catch (Exception e) when (IsMissing(e) || (e is UnauthorizedAccessException && Directory.Exists(path)))
        {
            // A folder of that name, which holds objects, is no object.
            return null;
        }
    });

    /// <summary>A file's bytes, or null when there is none.</summary>
    public static byte[]? TryReadAll(string path) => FileErrors.Guard(path, "read", () =>
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (IsMissing(e))
        {
            return null;
        }
    });

    /// <summary>A file's length, or null when there is none.</summary>
    public static long? LengthOf(string path) => FileErrors.Guard<long?>(path, "look at", () =>
    {
        try
        {
            // FileInfo looks once, so the file may vanish at any moment without harm.
            var info = new FileInfo(path);
            return info.Exists ? info.Length : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    });

    /// <summary>The files of a folder; none when there is no such folder.</summary>
    public static string[] List(string folder) => FileErrors.Guard(folder, "list", () =>
    {
        try
        {
            return Directory.GetFiles(folder);
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    });

    /// <summary>Deletes a file, if it is there.</summary>
    public static void Delete(string path) => FileErrors.Guard(path, "delete", () =>
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Gone with its folder.
        }
    });

    private static bool IsMissing(Exception e) => e is FileNotFoundException or DirectoryNotFoundException;
}
