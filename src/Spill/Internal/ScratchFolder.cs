namespace Gristmill.Spill;

/// <summary>
/// A folder of this process's own within the one that was given. A file beside it is locked as long as the process lives,
/// which says of every such folder whether anybody still needs it.
/// </summary>
internal sealed class ScratchFolder : IDisposable
{
    private const string Prefix = "spill-";

    private readonly FileStream _lock;

    private ScratchFolder(string folder, FileStream held)
    {
        Folder = folder;
        _lock = held;
    }

    public string Folder { get; }

    /// <summary>Makes one, and deletes those of processes that were killed.</summary>
    public static ScratchFolder Create(string parent)
    {
        Directory.CreateDirectory(parent);
        foreach (string folder in Directory.GetDirectories(parent, Prefix + "*"))
            DeleteLeftover(folder);

        // The lock before the folder: there is no moment at which the folder looks left behind.
        string own = Path.Combine(parent, $"{Prefix}{Guid.NewGuid():N}");
        FileStream held = Hold(own, FileMode.CreateNew);
        Directory.CreateDirectory(own);
        return new ScratchFolder(own, held);
    }

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        _lock.Dispose();
        File.Delete(LockOf(Folder));
    }

    private static string LockOf(string folder) => folder + ".lock";

    private static FileStream Hold(string folder, FileMode mode) => new(LockOf(folder), mode, FileAccess.ReadWrite, FileShare.None);

    private static void DeleteLeftover(string folder)
    {
        try
        {
            using FileStream held = Hold(folder, FileMode.OpenOrCreate);
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            File.Delete(LockOf(folder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its process lives, or is another user's: its own business.
        }
    }
}
