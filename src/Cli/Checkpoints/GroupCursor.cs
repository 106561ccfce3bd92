using Gristmill.Checkpoints;

namespace Gristmill.Cli.Checkpoints;

/// <summary>Takes the entries of a table key group by key group, as they come in that order.</summary>
internal sealed class GroupCursor(IAsyncEnumerable<StateEntry> entries) : IAsyncDisposable
{
    /// <summary>Behind the last key group.</summary>
    public const int End = int.MaxValue;

    private readonly IAsyncEnumerator<StateEntry> _entries = entries.GetAsyncEnumerator();

    /// <summary>The next key group that has entries, or <see cref="End"/>.</summary>
    public int Group { get; private set; } = End;

    /// <summary>Goes to the first group.</summary>
    public async Task StartAsync() => await MoveAsync();

    /// <summary>The entries of a group, none if it is not the next; goes on to the one after.</summary>
    public async Task<Dictionary<EntryKey, StateEntry>> TakeAsync(int group)
    {
        var taken = new Dictionary<EntryKey, StateEntry>();
        while (Group == group)
        {
            StateEntry entry = _entries.Current;
            taken[new EntryKey(entry.Key.Bytes, entry.Scope)] = entry;
            await MoveAsync();
        }

        return taken;
    }

    public ValueTask DisposeAsync() => _entries.DisposeAsync();

    private async Task MoveAsync() => Group = await _entries.MoveNextAsync() ? _entries.Current.KeyGroup : End;
}

/// <summary>What tells entries of a table apart: the bytes of the key, and its window or timer.</summary>
internal readonly struct EntryKey(ReadOnlyMemory<byte> key, long? scope) : IEquatable<EntryKey>
{
    private readonly ReadOnlyMemory<byte> _key = key;
    private readonly long? _scope = scope;

    public bool Equals(EntryKey other) => _scope == other._scope && _key.Span.SequenceEqual(other._key.Span);

    public override bool Equals(object? obj) => obj is EntryKey other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_key.Span);
        hash.Add(_scope);
        return hash.ToHashCode();
    }
}
