namespace Gristmill.Checkpoints.Internal;

/// <summary>The folders under a root: made when needed, synced, removed when empty. All calls block.</summary>
internal sealed class FileTree(string root, TimeProvider time)
{
    // A folder can be removed as empty between being made and being used; more often than this in a row is not that.
    private const int MaxAttempts = 100;

    public string Root { get; } = root;

    public TimeProvider Time { get; } = time;

    /// <summary>Where an object lies.</summary>
    public string PathOf(string name) => Path.Combine(Root, name.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>The folder of a file.</summary>
    public static string FolderOf(string path) => Path.GetDirectoryName(path)!;

    /// <summary>Deletes a file, if it is there, and folders this leaves empty, but not the root.</summary>
    public void Delete(string path)
    {
        FileCalls.Delete(path);
        RemoveEmptyFolders(path);
    }

    /// <summary>Deletes the folders above a file that are empty, but not the root.</summary>
    public void RemoveEmptyFolders(string path)
    {
        var folder = FolderOf(path);
        while (folder.Length > Root.Length && TryRemoveEmpty(folder))
            folder = FolderOf(folder);
    }

    /// <summary>Makes the folders of a file, then does something with it, again if they were removed as empty in between.</summary>
    public static T InFolder<T>(string path, Func<T> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(FolderOf(path));
                return work();
            }
            catch (IOException e) when (attempt < MaxAttempts && MeansRemoved(e))
            {
            }
        }
    }

    // .NET looks again after a failure to say which it was, a folder or a file, and by then somebody may have made the folder
    // once more; and a folder that exists when it is made, but not when .NET looks, is reported as an existing file.
    private static bool MeansRemoved(IOException e) =>
        e is DirectoryNotFoundException or FileNotFoundException
        || (!OperatingSystem.IsWindows() && e.HResult == Unix.ExistsError);

    /// <summary>Makes a new name in the folder of <paramref name="path"/> durable, and the folders above it too.</summary>
    public void SyncFolders(string path)
    {
        // Whoever made a folder may not have synced its name yet, so all of them; syncing what is synced costs little.
        for (var folder = FolderOf(path); folder.Length >= Root.Length && folder.Length > 1; folder = FolderOf(folder))
            SyncFolder(folder);
        // The root may be new too, but what is above it need not be ours to open.
        if (Path.GetDirectoryName(Root) is { } above)
            TrySyncFolder(above);
    }

    private static void SyncFolder(string folder) =>
        FileErrors.Guard(folder, "sync the folder", () =>
        {
            // Windows' file systems log changes of names themselves.
            if (!OperatingSystem.IsWindows())
                Unix.SyncDirectory(folder);
        });

    private static void TrySyncFolder(string folder)
    {
        try
        {
            SyncFolder(folder);
        }
        catch (CheckpointStoreException)
        {
            // The root was made by somebody with more rights, who answers for it.
        }
    }

    private static bool TryRemoveEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
            return true;
        }
        catch (Exception e) when (FileErrors.IsIo(e))
        {
            // Not empty, or not ours to remove: an empty folder does no harm.
            return false;
        }
    }
}
