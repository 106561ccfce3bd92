namespace Gristmill.Checkpoints;

/// <summary>Keys held in memory.</summary>
public sealed class CheckpointKeys : ICheckpointKeys
{
    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);

    /// <summary>Starts with the key that new blocks are written under.</summary>
    /// <param name="currentId">Its id: 1 to 128 characters.</param>
    /// <param name="key">The key: at least 32 bytes; copied.</param>
    public CheckpointKeys(string currentId, ReadOnlySpan<byte> key)
    {
        CurrentId = currentId;
        Add(currentId, key);
    }

    /// <inheritdoc/>
    public string CurrentId { get; }

    /// <summary>Adds a former key, so that what was written under it stays readable. Before the keys are in use.</summary>
    /// <exception cref="ArgumentException">The id is there already, or id or key has no legal length.</exception>
    public CheckpointKeys Add(string id, ReadOnlySpan<byte> key)
    {
        if (CheckpointEncryption.FaultOf(id, key.Length) is { } fault)
            throw new ArgumentException(fault, nameof(key));
        _keys.Add(id, key.ToArray());
        return this;
    }

    /// <inheritdoc/>
    public byte[]? Find(string id) => _keys.GetValueOrDefault(id);
}
