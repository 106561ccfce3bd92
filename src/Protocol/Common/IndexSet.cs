using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;

namespace Gristmill.Protocol;

/// <summary>
/// An immutable set of indices below a fixed size: which subtasks have acknowledged, which channels are held.
/// Up to 64 indices it is one word and allocates nothing.
/// </summary>
public readonly struct IndexSet : IEquatable<IndexSet>
{
    private readonly ulong _first;

    // Indices from 64 on, in words of 64; default when the size is at most 64.
    private readonly ImmutableArray<ulong> _rest;

    private IndexSet(int size, ulong first, ImmutableArray<ulong> rest)
    {
        Size = size;
        _first = first;
        _rest = rest;
    }

    /// <summary>How many indices there are, in the set or not.</summary>
    public int Size { get; }

    /// <summary>The indices below 64 as a mask: all there is when <see cref="Size"/> is at most 64.</summary>
    public ulong Mask => _first;

    /// <summary>How many indices are in the set.</summary>
    public int Count
    {
        get
        {
            var count = BitOperations.PopCount(_first);
            if (!_rest.IsDefault)
                foreach (var word in _rest) count += BitOperations.PopCount(word);
            return count;
        }
    }

    /// <summary>Whether no index is in the set.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Whether every index is in the set.</summary>
    public bool IsFull => Count == Size;

    /// <summary>The empty set of indices 0 to <paramref name="size"/> - 1.</summary>
    public static IndexSet Empty(int size)
    {
        Invariant.Holds(size >= 0, "The size of a set of indices is not negative.");
        return new(size, 0, size <= 64 ? default : ImmutableArray.Create(new ulong[(size - 1) / 64]));
    }

    /// <summary>Whether there is such an index, in the set or not.</summary>
    public bool Knows(int index) => (uint)index < (uint)Size;

    /// <summary>Whether the index is in the set.</summary>
    public bool Contains(int index) =>
        Knows(index) && (((index < 64 ? _first : _rest[index / 64 - 1]) >> (index % 64)) & 1) != 0;

    /// <summary>The set with this index.</summary>
    public IndexSet With(int index)
    {
        Invariant.Holds(Knows(index), "An index put into a set is below the set's size.");
        var bit = 1UL << (index % 64);
        return index < 64
            ? new(Size, _first | bit, _rest)
            : new(Size, _first, _rest.SetItem(index / 64 - 1, _rest[index / 64 - 1] | bit));
    }

    /// <summary>The indices that are in this set and not in the other, which has the same size.</summary>
    public IndexSet Except(IndexSet other)
    {
        Invariant.Holds(Size == other.Size, "Sets of indices are compared only with sets of the same size.");
        if (_rest.IsDefault) return new(Size, _first & ~other._first, default);
        var rest = _rest.ToBuilder();
        for (var i = 0; i < rest.Count; i++) rest[i] &= ~other._rest[i];
        return new(Size, _first & ~other._first, rest.MoveToImmutable());
    }

    /// <summary>The indices that are not in this set.</summary>
    public IndexSet Complement()
    {
        var all = Empty(Size);
        for (var i = 0; i < Size; i++) all = all.With(i);
        return all.Except(this);
    }

    /// <inheritdoc />
    public bool Equals(IndexSet other)
    {
        if (Size != other.Size || _first != other._first) return false;
        return _rest.IsDefault || _rest.AsSpan().SequenceEqual(other._rest.AsSpan());
    }

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is IndexSet other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Size);
        hash.Add(_first);
        if (!_rest.IsDefault)
            foreach (var word in _rest) hash.Add(word);
        return hash.ToHashCode();
    }

    /// <summary>Whether both hold the same indices.</summary>
    public static bool operator ==(IndexSet left, IndexSet right) => left.Equals(right);

    /// <summary>Whether they hold different indices.</summary>
    public static bool operator !=(IndexSet left, IndexSet right) => !left.Equals(right);

    /// <inheritdoc />
    public override string ToString()
    {
        var self = this;
        var members = Enumerable.Range(0, Size).Where(i => self.Contains(i));
        return "{" + string.Join(",", members.Select(i => i.ToString(CultureInfo.InvariantCulture))) + "}";
    }
}
