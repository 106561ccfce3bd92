using Gristmill.Checkpoints.Internal;
using Microsoft.Extensions.Logging;

namespace Gristmill.Checkpoints;

/// <summary>
/// A remote store whose node files this process also keeps in a local folder, while it uploads them: after a restart on the
/// same machine the state is read from there, and only what is not there from the remote store.
/// </summary>
/// <remarks>
/// The remote store alone says what exists; a copy only answers reads. Blocks are verified wherever they come from, and a
/// copy found damaged is dropped (<see cref="ICheckpointStore.DropCopyAsync"/>) and the block read again from the remote
/// store. A folder that fails or is full costs copies and never a checkpoint. Set it by <see cref="CheckpointOptions.LocalCopies"/>.
/// </remarks>
public sealed class LocalCopyStore : ICheckpointStore
{
    private readonly ICheckpointStore _remote;
    private readonly LocalCopies _copies;
    private readonly Func<string, bool> _isKept;

    /// <summary>Opens the store; the folder is looked at with the first object.</summary>
    /// <param name="remote">The store that counts.</param>
    /// <param name="folder">The folder of the copies, on a disk of this machine; one process uses it.</param>
    /// <param name="maxBytes">The most bytes in it: 1 or more. The oldest copies go first.</param>
    /// <param name="logger">Where failures of the folder are logged; nowhere by default.</param>
    public LocalCopyStore(ICheckpointStore remote, string folder, long maxBytes, ILogger? logger = null)
        : this(remote, folder, maxBytes, name => CheckpointLayout.Parse(name).Kind == CheckpointObjectKind.NodeFile)
        => _copies.Logger = logger;

    /// <summary>For tests whose objects are no node files.</summary>
    internal LocalCopyStore(ICheckpointStore remote, string folder, long maxBytes, Func<string, bool> isKept)
    {
        ArgumentNullException.ThrowIfNull(remote);
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        _remote = remote;
        _copies = new LocalCopies(folder, maxBytes);
        _isKept = isKept;
    }

    /// <inheritdoc/>
    public string Description => $"{_remote.Description}, with copies in {_copies.Folder}";

    /// <inheritdoc/>
    public StoreDurability Durability => _remote.Durability;

    /// <summary>What it holds and has done.</summary>
    public LocalCopyStatus Status => _copies.Status;

    /// <inheritdoc/>
    public async ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectWriter writer = await _remote.CreateAsync(name, cancellationToken);
        return _isKept(name) ? new CopyingWriter(_copies, name, writer, await _copies.TryCreateAsync(name)) : writer;
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellationToken.ThrowIfCancellationRequested();
        if (_isKept(name) && await _copies.TryReadAsync(name, offset, buffer, cancellationToken) is { } read)
            return read;
        return await _remote.ReadAsync(name, offset, buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) => _remote.GetLengthAsync(name, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken = default) => _remote.ListAsync(prefix, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        await _remote.DeleteAsync(name, cancellationToken);
        if (_isKept(name))
            await _copies.DropFileAsync(name);
    }

    /// <inheritdoc/>
    public ValueTask AppendLineAsync(string name, string line, CancellationToken cancellationToken = default) => _remote.AppendLineAsync(name, line, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredHead?> ReadHeadAsync(string job, CancellationToken cancellationToken = default) => _remote.ReadHeadAsync(job, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> TryMoveHeadAsync(string job, long expectedVersion, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
        => _remote.TryMoveHeadAsync(job, expectedVersion, content, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> DropCopyAsync(string name, CancellationToken cancellationToken = default)
    {
        bool dropped = await _copies.DropDamagedAsync(name);
        return await _remote.DropCopyAsync(name, cancellationToken) || dropped;
    }

    internal void LogTo(ILoggerFactory loggers) => _copies.Logger ??= loggers.CreateLogger("Gristmill.Checkpoints");
}
