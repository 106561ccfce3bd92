namespace Gristmill.Checkpoints.Internal;

/// <summary>Which copies there are, oldest first, and how many bytes they and those being written have.</summary>
internal sealed class CopyIndex(long maxBytes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Name, long Length)>> _byName = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Name, long Length)> _byAge = [];
    private long _bytes;

    public (int Copies, long Bytes) Size
    {
        get
        {
            lock (_lock)
                return (_byName.Count, _bytes);
        }
    }

    public bool Has(string name)
    {
        lock (_lock)
            return _byName.ContainsKey(name);
    }

    /// <summary>Makes room for bytes about to be written.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="evicted">The copies that have to go for it, oldest first; the index has forgotten them.</param>
    /// <returns>False if there is no room even without any copy; nothing is reserved then.</returns>
    public bool TryReserve(long bytes, List<string> evicted)
    {
        lock (_lock)
        {
            while (_bytes > maxBytes - bytes && _byAge.First is { } oldest)
            {
                evicted.Add(oldest.Value.Name);
                Remove(oldest.Value.Name);
            }
            if (_bytes > maxBytes - bytes)
                return false;
            _bytes += bytes;
            return true;
        }
    }

    /// <summary>Gives back what was reserved for a copy that will not be.</summary>
    public void Release(long bytes)
    {
        lock (_lock)
            _bytes -= bytes;
    }

    /// <summary>A copy whose bytes were reserved is complete, the newest one.</summary>
    public void Add(string name, long length)
    {
        lock (_lock)
        {
            Remove(name);
            _byName.Add(name, _byAge.AddLast((name, length)));
        }
    }

    public bool Forget(string name)
    {
        lock (_lock)
            return Remove(name);
    }

    private bool Remove(string name)
    {
        if (!_byName.Remove(name, out LinkedListNode<(string Name, long Length)>? node))
            return false;
        _byAge.Remove(node);
        _bytes -= node.Value.Length;
        return true;
    }
}
