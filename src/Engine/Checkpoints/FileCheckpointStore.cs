using System.Runtime.CompilerServices;
using Gristmill.Checkpoints.Internal;

namespace Gristmill.Checkpoints;

/// <summary>
/// Checkpoints as files under a folder, on a local disk or on one shared by several machines. Everything is synced to the disk
/// before it is acknowledged.
/// </summary>
/// <remarks>
/// An object is written to a temporary file beside its place, synced, then linked to its name, which fails if the name is taken.
/// The head is a folder of numbered files made in the same way; docs/decisions/0003 says why that is a compare-and-swap.
/// A shared folder must be a real shared file system with hard links and close-to-open consistency (NFSv4 has them).
/// Temporary files that dead processes left are removed by a listing that passes them, once they are a day old.
/// </remarks>
public sealed class FileCheckpointStore : ICheckpointStore
{
    private readonly FileTree _tree;
    private readonly FileHead _head;
    private readonly FileLines _lines;

    /// <summary>Opens a store; the folder is made with the first object.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="shared">Whether every worker sees this same folder; when not, the store dies with its machine.</param>
    /// <param name="time">The clock that tells the age of temporary files.</param>
    public FileCheckpointStore(string root, bool shared = false, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(root);
        _tree = new FileTree(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)), time ?? TimeProvider.System);
        _head = new FileHead(_tree);
        _lines = new FileLines(_tree);
        Durability = shared ? StoreDurability.Shared : StoreDurability.LocalDisk;
    }

    /// <summary>The folder.</summary>
    public string Root => _tree.Root;

    /// <inheritdoc/>
    public string Description => $"files under {Root}";

    /// <inheritdoc/>
    public StoreDurability Durability { get; }

    /// <summary>The head's machinery, for tests that stop it between two steps.</summary>
    internal FileHead Head => _head;

    /// <inheritdoc/>
    public async ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        var path = _tree.PathOf(name);
        return await IoPool.Run<ObjectWriter>(() => new FileObjectWriter(_tree, name, Description, TempFile.Create(_tree, path)));
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellationToken.ThrowIfCancellationRequested();
        var path = _tree.PathOf(name);
        using var file = await IoPool.Run(() => FileCalls.OpenRead(path)) ?? throw new ObjectNotFoundException(name, Description);
        try
        {
            var total = 0;
            while (total < buffer.Length)
            {
                var read = await RandomAccess.ReadAsync(file, buffer[total..], offset + total, cancellationToken);
                if (read == 0)
                    break;
                total += read;
            }
            return total;
        }
        catch (Exception e) when (FileErrors.IsIo(e))
        {
            throw FileErrors.Explain(e, path, "read");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        var path = _tree.PathOf(name);
        return await IoPool.Run(() => FileCalls.LengthOf(path));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectName.ValidatePrefix(prefix);
        cancellationToken.ThrowIfCancellationRequested();
        var found = await IoPool.Run(() => FileListing.List(_tree, prefix));
        foreach (var item in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        var path = _tree.PathOf(name);
        await IoPool.Run(() => _tree.Delete(path));
    }

    /// <inheritdoc/>
    public async ValueTask AppendLineAsync(string name, string line, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        HistoryLine.Validate(line);
        cancellationToken.ThrowIfCancellationRequested();
        var path = _tree.PathOf(name);
        await IoPool.Run(() => _lines.Append(path, line));
    }

    /// <inheritdoc/>
    public async ValueTask<StoredHead?> ReadHeadAsync(string job, CancellationToken cancellationToken = default)
    {
        ObjectName.ValidateJob(job);
        cancellationToken.ThrowIfCancellationRequested();
        return await IoPool.Run(() => _head.Read(job));
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryMoveHeadAsync(string job, long expectedVersion, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        ObjectName.ValidateJob(job);
        ArgumentOutOfRangeException.ThrowIfNegative(expectedVersion);
        cancellationToken.ThrowIfCancellationRequested();
        return await IoPool.Run(() => _head.TryMove(job, expectedVersion, content.Span));
    }
}
