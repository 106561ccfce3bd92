using System.Collections;

namespace Gristmill;

/// <summary>A list a key. Made in <c>Open</c>, used for the current key in <c>OnRecord</c> and <c>OnTimer</c>.</summary>
/// <typeparam name="T">A plain type.</typeparam>
public sealed class ListState<T> : IEnumerable<T>
{
    private readonly ValueState<List<T>?> _list;

    internal ListState(ValueState<List<T>?> list) => _list = list;

    /// <summary>How many elements the current key has.</summary>
    public int Count => _list.Exists ? _list.Value!.Count : 0;

    /// <summary>An element by its index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is below 0, or not below <see cref="Count"/>.</exception>
    public T this[int index]
    {
        get => (_list.Value ?? []).Count > index && index >= 0 ? _list.Value![index] : throw OutOfRange(index);
        set
        {
            if (index < 0 || index >= Count)
                throw OutOfRange(index);
            _list.Value![index] = value;
        }
    }

    /// <summary>Adds an element at the end.</summary>
    public void Add(T element) => (_list.Update() ??= []).Add(element);

    /// <summary>Adds elements at the end.</summary>
    public void AddRange(IEnumerable<T> elements) => (_list.Update() ??= []).AddRange(elements);

    /// <summary>Removes the elements that match.</summary>
    /// <returns>How many.</returns>
    public int RemoveAll(Predicate<T> match)
    {
        if (!_list.Exists)
            return 0;
        List<T> list = _list.Value!;
        int removed = list.RemoveAll(match);
        if (list.Count == 0)
            _list.Clear();
        return removed;
    }

    /// <summary>Removes all elements of the current key.</summary>
    public void Clear() => _list.Clear();

    /// <summary>The elements of the current key, in order. Valid until the list changes.</summary>
    public List<T>.Enumerator GetEnumerator() => (_list.Value ?? []).GetEnumerator();

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private ArgumentOutOfRangeException OutOfRange(int index)
        => new(nameof(index), index, $"The list of the current key has {Count} elements.");
}
