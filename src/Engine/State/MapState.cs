using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Gristmill;

/// <summary>A map a key. Made in <c>Open</c>, used for the current key in <c>OnRecord</c> and <c>OnTimer</c>.</summary>
/// <typeparam name="TMapKey">A plain type with equality by value.</typeparam>
/// <typeparam name="TMapValue">A plain type.</typeparam>
public sealed class MapState<TMapKey, TMapValue> : IEnumerable<KeyValuePair<TMapKey, TMapValue>>
    where TMapKey : notnull
{
    private readonly ValueState<Dictionary<TMapKey, TMapValue>?> _map;

    internal MapState(ValueState<Dictionary<TMapKey, TMapValue>?> map) => _map = map;

    /// <summary>How many entries the current key has.</summary>
    public int Count => _map.Exists ? _map.Value!.Count : 0;

    /// <summary>A value by its key.</summary>
    /// <exception cref="KeyNotFoundException">Reading: there is none.</exception>
    public TMapValue this[TMapKey key]
    {
        get => TryGetValue(key, out TMapValue? value) ? value : throw new KeyNotFoundException($"The map of the current key has no entry '{key}'.");
        set => (_map.Update() ??= [])[key] = value;
    }

    /// <summary>Whether there is an entry.</summary>
    public bool ContainsKey(TMapKey key) => _map.Exists && _map.Value!.ContainsKey(key);

    /// <summary>Looks up an entry.</summary>
    public bool TryGetValue(TMapKey key, [MaybeNullWhen(false)] out TMapValue value)
    {
        if (_map.Exists)
            return _map.Value!.TryGetValue(key, out value);
        value = default;
        return false;
    }

    /// <summary>Removes an entry.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Remove(TMapKey key)
    {
        if (!_map.Exists)
            return false;
        Dictionary<TMapKey, TMapValue> map = _map.Value!;
        bool removed = map.Remove(key);
        if (map.Count == 0)
            _map.Clear();
        return removed;
    }

    /// <summary>Removes all entries of the current key.</summary>
    public void Clear() => _map.Clear();

    /// <summary>The entries of the current key, in no order to rely on. Valid until the map changes.</summary>
    public Dictionary<TMapKey, TMapValue>.Enumerator GetEnumerator() => (_map.Value ?? []).GetEnumerator();

    IEnumerator<KeyValuePair<TMapKey, TMapValue>> IEnumerable<KeyValuePair<TMapKey, TMapValue>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
