using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Gristmill.Checkpoints.Internal;

/// <summary>Files that grow by lines. All calls block.</summary>
internal sealed class FileLines(FileTree tree)
{
    // Appenders of this process go one by one; those of others are kept apart by the system's append mode.
    private readonly Lock _lock = new();

    /// <summary>Appends a line; durable on return.</summary>
    public void Append(string path, string line)
    {
        lock (_lock)
        {
            FileErrors.Guard(path, "append to", () =>
            {
                EnsureExists(path);
                var bytes = Encoding.UTF8.GetBytes(EndsWithin(path) ? "\n" + line + "\n" : line + "\n");
                using var file = OpenAppend(path);
                Write(file, bytes);
                RandomAccess.FlushToDisk(file);
            });
        }
        tree.SyncFolders(path);
    }

    private static void EnsureExists(string path) => FileTree.InFolder(path, () =>
        File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)).Dispose();

    /// <summary>Whether the last line has no end: its writer died in it, or the disk was full. The next one starts afresh then.</summary>
    private static bool EndsWithin(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> last = stackalloc byte[1];
        var length = RandomAccess.GetLength(file);
        return length > 0 && RandomAccess.Read(file, last, length - 1) == 1 && last[0] != '\n';
    }

    // FileMode.Append of .NET only begins at the end; on Unix it does not stay there when others append.
    private static SafeFileHandle OpenAppend(string path) => OperatingSystem.IsWindows()
        ? File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.Read)
        : Unix.OpenAppend(path);

    private static void Write(SafeFileHandle file, byte[] bytes)
    {
        if (OperatingSystem.IsWindows())
            RandomAccess.Write(file, bytes, RandomAccess.GetLength(file));
        else
            Unix.Append(file, bytes);
    }
}
