using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;
using Gristmill.AzureStorage.Internal;
using Gristmill.Checkpoints;

namespace Gristmill.AzureStorage;

/// <summary>
/// Checkpoints as blobs in a container. What the service has acknowledged is durable, and every machine sees it at once.
/// </summary>
/// <remarks>
/// An object is uploaded as blocks, several side by side, and appears when their list is committed, on the condition that
/// nothing has its name. The head is one blob a job, moved by a commit on the condition that its ETag is the one that was
/// read. Where the answer to such a commit is lost, what the blob says of its writers decides whether it was ours.
/// Blocks of an object that was never completed are nobody's blob; the service drops them after a week.
/// The account needs no hierarchical namespace; a container may hold other things too, best below another folder.
/// </remarks>
public sealed class BlobCheckpointStore : ICheckpointStore
{
    private const int RangeBytes = 8 << 20;

    private readonly AzureBlobContainer _container;
    private readonly string _root;
    private readonly BlobHead _head;
    private readonly BlobLines _lines;

    /// <summary>Opens a store; nothing is asked of the service yet.</summary>
    /// <param name="container">The container.</param>
    /// <param name="folder">What names in the container begin with, as <c>prod/checkpoints</c>. Default: empty, the container itself.</param>
    /// <exception cref="ArgumentException">All faults of the container's settings and the folder.</exception>
    public BlobCheckpointStore(AzureBlobContainer container, string folder = "")
    {
        ArgumentNullException.ThrowIfNull(container);
        List<string> faults = [.. container.Validate(), .. ContainerFaults.OfFolder(folder)];
        if (faults.Count > 0)
            throw new ArgumentException($"Checkpoints can't be kept in {container.Description}:{string.Concat(faults.Select(fault => $"{Environment.NewLine}  - {fault}"))}");
        _container = container;
        _root = folder.Length == 0 ? "" : folder + "/";
        _head = new BlobHead(container, _root);
        _lines = new BlobLines(container);
    }

    /// <inheritdoc/>
    public string Description => _root.Length == 0 ? _container.Description : $"{_container.Description}, folder '{_root[..^1]}'";

    /// <inheritdoc/>
    public StoreDurability Durability => StoreDurability.Shared;

    /// <inheritdoc/>
    public async ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        await DoAsync("write", name, () => _container.ReadyAsync(cancellationToken), cancellationToken);
        return new BlobObjectWriter(_container, _root + name, name, Description);
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.IsEmpty)
            return await GetLengthAsync(name, cancellationToken) is null ? throw new ObjectNotFoundException(name, Description) : 0;
        return await DoAsync("read", name, async () =>
        {
            await _container.ReadyAsync(cancellationToken);
            try
            {
                return await BlobRanges.ReadAsync(_container.Blob(_root + name), offset, buffer, RangeBytes, _container.Options.ParallelTransfers, cancellationToken);
            }
            catch (RequestFailedException e) when (BlobErrors.IsMissing(e))
            {
                throw new ObjectNotFoundException(name, Description);
            }
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        return await DoAsync<long?>("measure", name, async () =>
        {
            await _container.ReadyAsync(cancellationToken);
            try
            {
                BlobProperties properties = await _container.Blob(_root + name).GetPropertiesAsync(cancellationToken: cancellationToken);
                return properties.ContentLength;
            }
            catch (RequestFailedException e) when (BlobErrors.IsMissing(e))
            {
                return null;
            }
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectName.ValidatePrefix(prefix);
        cancellationToken.ThrowIfCancellationRequested();
        List<StoredObject> found = await DoAsync("list", prefix + "*", () => FindAsync(prefix, cancellationToken), cancellationToken);
        foreach (StoredObject item in found)
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
        await DoAsync("delete", name, async () =>
        {
            await _container.ReadyAsync(cancellationToken);
            await _container.Blob(_root + name).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask AppendLineAsync(string name, string line, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        ArgumentNullException.ThrowIfNull(line);
        if (line.AsSpan().IndexOfAny('\r', '\n') >= 0)
            throw new ArgumentException("A line must not contain a line break.", nameof(line));
        cancellationToken.ThrowIfCancellationRequested();
        await DoAsync("append to", name, async () =>
        {
            await _container.ReadyAsync(cancellationToken);
            await _lines.AppendAsync(_root + name, line, cancellationToken);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<StoredHead?> ReadHeadAsync(string job, CancellationToken cancellationToken = default)
    {
        ObjectName.ValidateJob(job);
        cancellationToken.ThrowIfCancellationRequested();
        return await DoAsync("read the head of job", job, () => _head.ReadAsync(job, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryMoveHeadAsync(string job, long expectedVersion, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        ObjectName.ValidateJob(job);
        ArgumentOutOfRangeException.ThrowIfNegative(expectedVersion);
        cancellationToken.ThrowIfCancellationRequested();
        return await DoAsync("move the head of job", job, () => _head.TryMoveAsync(job, expectedVersion, content, cancellationToken), cancellationToken);
    }

    /// <summary>All objects of a prefix, in ordinal order whatever order the service keeps.</summary>
    private async Task<List<StoredObject>> FindAsync(string prefix, CancellationToken cancellationToken)
    {
        await _container.ReadyAsync(cancellationToken);
        var found = new List<StoredObject>();
        await foreach (BlobItem blob in _container.Client.GetBlobsAsync(prefix: _root + prefix, cancellationToken: cancellationToken))
        {
            string name = blob.Name[_root.Length..];
            // Heads are no objects, nor is what somebody else put there under a name that is none.
            if (ObjectName.IsValid(name))
                found.Add(new StoredObject(name, blob.Properties.ContentLength ?? 0, blob.Properties.LastModified ?? default));
        }
        found.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return found;
    }

    private async ValueTask<T> DoAsync<T>(string doing, string name, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (BlobErrors.IsService(e, cancellationToken))
        {
            throw new CheckpointStoreException($"Cannot {doing} '{name}' in {Description}: {BlobErrors.Cause(e)}", e);
        }
    }

    private async ValueTask DoAsync(string doing, string name, Func<ValueTask> work, CancellationToken cancellationToken) => await DoAsync(doing, name, async () =>
    {
        await work();
        return true;
    }, cancellationToken);
}
