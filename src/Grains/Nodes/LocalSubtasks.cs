using System.Collections.Concurrent;

namespace Gristmill.Grains;

/// <summary>The subtasks on this silo, for when it goes.</summary>
internal sealed class LocalSubtasks
{
    private readonly ConcurrentDictionary<SubtaskKey, bool> _keys = [];

    public IReadOnlyList<string> Jobs => [.. _keys.Keys.Select(key => key.Job).Distinct(StringComparer.Ordinal)];

    public void Add(SubtaskKey key) => _keys[key] = true;

    public void Remove(SubtaskKey key) => _keys.TryRemove(key, out _);
}
