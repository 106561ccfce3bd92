using System.Runtime.CompilerServices;
using System.Text;
using Gristmill.Checkpoints.Internal;

namespace Gristmill.Checkpoints;

/// <summary>
/// Checkpoints in memory: for tests, the simulation and jobs that need none to outlive them. One instance may be shared by
/// any number of generations. Every method completes before it returns.
/// </summary>
public sealed class MemoryCheckpointStore(TimeProvider? time = null) : ICheckpointStore
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, MemoryObject> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredHead> _heads = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Description => "memory";

    /// <inheritdoc/>
    public StoreDurability Durability => StoreDurability.Memory;

    /// <inheritdoc/>
    public ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        return new(new MemoryObjectWriter(content => Publish(name, content)));
    }

    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var content = Find(name)?.Content ?? throw new ObjectNotFoundException(name, Description);
            if (offset >= content.Length)
                return new(0);
            var count = (int)Math.Min(buffer.Length, content.Length - offset);
            content.Span.Slice((int)offset, count).CopyTo(buffer.Span);
            return new(count);
        }
    }

    /// <inheritdoc/>
    public ValueTask<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return new(Find(name)?.Content.Length);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectName.ValidatePrefix(prefix);
        List<StoredObject> found = [];
        lock (_lock)
        {
            foreach (var (name, item) in _objects)
            {
                if (name.StartsWith(prefix, StringComparison.Ordinal))
                    found.Add(new StoredObject(name, item.Content.Length, item.Modified));
            }
        }
        await ValueTask.CompletedTask;
        foreach (var item in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            _objects.Remove(name);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask AppendLineAsync(string name, string line, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        HistoryLine.Validate(line);
        cancellationToken.ThrowIfCancellationRequested();
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        lock (_lock)
        {
            var lines = Find(name) ?? new MemoryObject(default, default);
            _objects[name] = lines.Append(bytes, _time.GetUtcNow());
        }
        return default;
    }

    /// <inheritdoc/>
    public ValueTask<StoredHead?> ReadHeadAsync(string job, CancellationToken cancellationToken = default)
    {
        ObjectName.ValidateJob(job);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
            return new(_heads.GetValueOrDefault(job));
    }

    /// <inheritdoc/>
    public ValueTask<bool> TryMoveHeadAsync(string job, long expectedVersion, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        ObjectName.ValidateJob(job);
        ArgumentOutOfRangeException.ThrowIfNegative(expectedVersion);
        cancellationToken.ThrowIfCancellationRequested();
        var copy = content.ToArray();
        lock (_lock)
        {
            if ((_heads.GetValueOrDefault(job)?.Version ?? 0) != expectedVersion)
                return new(false);
            _heads[job] = new StoredHead(expectedVersion + 1, copy);
            return new(true);
        }
    }

    private MemoryObject? Find(string name) => _objects.GetValueOrDefault(name);

    private void Publish(string name, ReadOnlyMemory<byte> content)
    {
        lock (_lock)
        {
            if (!_objects.TryAdd(name, new MemoryObject(content, _time.GetUtcNow())))
                throw new ObjectExistsException(name, Description);
        }
    }
}
