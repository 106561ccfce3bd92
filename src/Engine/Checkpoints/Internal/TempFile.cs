using Microsoft.Win32.SafeHandles;

namespace Gristmill.Checkpoints.Internal;

/// <summary>
/// A file on its way to a name: written beside its place, synced, then linked to the name in one step that fails when the name
/// is taken. All calls block.
/// </summary>
/// <remarks>
/// Not <see cref="File.Move(string, string, bool)"/> without overwriting: on Unix that looks whether the name is free and then
/// calls rename(2), which overwrites what came in between (FileSystem.Unix.cs, MoveFile; dotnet/runtime#31228; strace agrees).
/// </remarks>
internal sealed class TempFile : IDisposable
{
    /// <summary>What the names of temporary files begin with; no object's part does.</summary>
    public const string Prefix = ".tmp-";

    private readonly FileTree _tree;
    private readonly string _target;
    private readonly string _path;
    private bool _gone;

    private TempFile(FileTree tree, string target, string path, SafeFileHandle handle)
    {
        _tree = tree;
        _target = target;
        _path = path;
        Handle = handle;
    }

    public SafeFileHandle Handle { get; }

    public string Target => _target;

    /// <summary>Starts a file on its way to <paramref name="target"/>, with the folders it needs.</summary>
    public static TempFile Create(FileTree tree, string target) => FileErrors.Guard(target, "create", () =>
    {
        // Unique among all machines that share the folder, and never part of a result: no seed is needed.
        var path = Path.Combine(FileTree.FolderOf(target), Prefix + Guid.NewGuid().ToString("N"));
        var handle = FileTree.InFolder(path, () =>
            File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous));
        return new TempFile(tree, target, path, handle);
    });

    /// <summary>Makes the content durable, then the name; false when the name is taken.</summary>
    public bool Publish()
    {
        if (!Link())
            return false;
        _tree.SyncFolders(_target);
        return true;
    }

    /// <summary>Makes the content durable and gives it the name, which the caller makes durable; false when it is taken.</summary>
    public bool Link() => FileErrors.Guard(_target, "write", () =>
    {
        RandomAccess.FlushToDisk(Handle);
        Handle.Dispose();
        var linked = OperatingSystem.IsWindows() ? TryMove() : Unix.TryLink(_path, _target);
        Remove();
        return linked;
    });

    public void Dispose()
    {
        Handle.Dispose();
        if (!_gone)
            Remove();
    }

    private bool TryMove()
    {
        try
        {
            // MoveFileEx without MOVEFILE_REPLACE_EXISTING: one step on Windows.
            File.Move(_path, _target, overwrite: false);
            _gone = true;
            return true;
        }
        catch (IOException) when (File.Exists(_target))
        {
            return false;
        }
    }

    private void Remove()
    {
        _gone = true;
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (FileErrors.IsIo(e))
        {
            // A listing removes it when it is old.
        }
    }
}
