using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Gristmill.Checkpoints.Internal;

/// <summary>The folder of copies: what is in it, and what went wrong with it. Nothing here fails its caller.</summary>
internal sealed class LocalCopies
{
    private readonly FileCheckpointStore _files;
    private readonly ConcurrentDictionary<string, bool> _wereDamaged = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile bool _isOpen;
    private long _localReads;
    private long _remoteReads;
    private long _failures;
    private long _damaged;
    private volatile string? _lastError;

    public LocalCopies(string folder, long maxBytes)
    {
        _files = new FileCheckpointStore(folder);
        Index = new CopyIndex(maxBytes);
    }

    public CopyIndex Index { get; }

    public string Folder => _files.Root;

    public ILogger? Logger { get; set; }

    public LocalCopyStatus Status
    {
        get
        {
            (int copies, long bytes) = Index.Size;
            return new LocalCopyStatus(
                copies, bytes, Interlocked.Read(ref _localReads), Interlocked.Read(ref _remoteReads),
                Interlocked.Read(ref _failures), Interlocked.Read(ref _damaged), _lastError);
        }
    }

    /// <summary>Whether the folder failed, and not the caller or the remote store.</summary>
    public static bool IsLocal(Exception e) => e is CheckpointStoreException or IOException or UnauthorizedAccessException;

    /// <summary>Starts a copy; null if the folder fails.</summary>
    public async Task<ObjectWriter?> TryCreateAsync(string name)
    {
        await OpenAsync();
        return await TryAsync<ObjectWriter?>(name, async () => await _files.CreateAsync(name), null);
    }

    /// <summary>Reads from a copy.</summary>
    /// <returns>Null if there is none, or it can't be read.</returns>
    public async Task<int?> TryReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await OpenAsync();
        int? read = null;
        if (Index.Has(name))
        {
            read = await TryAsync<int?>(name, async () => await _files.ReadAsync(name, offset, buffer, cancellationToken), null);
            if (read is null)
                await DropFileAsync(name);
        }
        Interlocked.Increment(ref read is null ? ref _remoteReads : ref _localReads);
        return read;
    }

    /// <summary>Makes room for more bytes of a copy; false if there can't be enough.</summary>
    public async Task<bool> TryReserveAsync(long bytes)
    {
        var evicted = new List<string>();
        bool fits = Index.TryReserve(bytes, evicted);
        foreach (string name in evicted)
            await TryAsync(name, () => DeleteAsync(name), false);
        return fits;
    }

    /// <summary>A reader found damage: the copy goes.</summary>
    /// <returns>False if there was none. Who had read from it while another dropped it is told that there was one.</returns>
    public async Task<bool> DropDamagedAsync(string name)
    {
        await OpenAsync();
        if (!Index.Has(name))
            return _wereDamaged.ContainsKey(name);
        _wereDamaged[name] = true;

        // Of several who found it damaged at once, one counts it.
        bool isFirst = Index.Forget(name);
        await TryAsync(name, () => DeleteAsync(name), false);
        if (!isFirst)
            return true;
        Interlocked.Increment(ref _damaged);
        _lastError = $"The local copy of '{name}' was damaged.";
        if (Logger is not null)
            CopyLog.Damaged(Logger, name, Folder);
        return true;
    }

    /// <summary>Deletes a copy, if there is one, and forgets it even if that fails.</summary>
    public async Task DropFileAsync(string name)
    {
        Index.Forget(name);
        await TryAsync(name, () => DeleteAsync(name), false);
    }

    public void Failed(string name, Exception error)
    {
        Interlocked.Increment(ref _failures);
        _lastError = error.Message;
        if (Logger is not null)
            CopyLog.Failed(Logger, name, error.Message);
    }

    /// <summary>Takes up what an earlier process left, once.</summary>
    private async Task OpenAsync()
    {
        if (_isOpen)
            return;
        await _opening.WaitAsync();
        try
        {
            if (!_isOpen)
                await TryAsync(Folder, ListAsync, false);
            _isOpen = true;
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task<bool> ListAsync()
    {
        var found = new List<StoredObject>();
        await foreach (StoredObject copy in _files.ListAsync(""))
            found.Add(copy);
        foreach (StoredObject copy in found.OrderBy(copy => copy.Modified).ThenBy(copy => copy.Name, StringComparer.Ordinal))
        {
            if (await TryReserveAsync(copy.Length))
                Index.Add(copy.Name, copy.Length);
            else
                await DropFileAsync(copy.Name);
        }
        return true;
    }

    private async Task<bool> DeleteAsync(string name)
    {
        await _files.DeleteAsync(name);
        return true;
    }

    private async Task<T> TryAsync<T>(string name, Func<Task<T>> work, T otherwise)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (IsLocal(e))
        {
            Failed(name, e);
            return otherwise;
        }
    }
}
