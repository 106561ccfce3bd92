using System.Runtime.CompilerServices;

namespace Gristmill;

/// <summary>
/// About a thousand records of one type that travel together. Batches are pooled: the slots a source fills hold
/// whatever an earlier use left there, so a slot taken by reference must have every field assigned.
/// </summary>
/// <typeparam name="T">The record type. A struct is filled in place and never copied into the batch.</typeparam>
public sealed class Batch<T>
{
    /// <summary>Records a batch holds unless the job's options say otherwise: 1,024.</summary>
    public const int DefaultCapacity = 1024;

    internal readonly T[] Items;

    private readonly long[] _timestamps;

    internal int Filled;

    /// <summary>Which of the subtask's inputs it is from: a source's split or a channel, for watermarks that are kept apart.</summary>
    internal int Split;

    /// <summary>The records' keys, where the exchange that fills the batch has found them; null elsewhere.</summary>
    internal KeyColumn? Keys;

    /// <summary>Creates an empty batch.</summary>
    /// <param name="capacity">How many records it holds, 1 to 65,536.</param>
    public Batch(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 65536);
        Items = new T[capacity];
        _timestamps = new long[capacity];
    }

    /// <summary>How many records are in it.</summary>
    public int Count => Filled;

    /// <summary>How many records it can hold.</summary>
    public int Capacity => Items.Length;

    /// <summary>Whether no more records fit.</summary>
    public bool IsFull => Filled == Items.Length;

    /// <summary>The records.</summary>
    public ReadOnlySpan<T> Records => Items.AsSpan(0, Filled);

    /// <summary>The slots not yet filled, to be assigned in place and then claimed with <see cref="Advance"/>.</summary>
    public Span<T> Unfilled => Items.AsSpan(Filled);

    /// <summary>Claims the first <paramref name="count"/> slots of <see cref="Unfilled"/>.</summary>
    /// <param name="count">0 to the length of <see cref="Unfilled"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">More slots than are left.</exception>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(Items.Length - Filled), nameof(count));
        Filled += count;
    }

    /// <summary>Takes the next slot, to be filled in place. Its old contents are left over: assign every field.</summary>
    /// <exception cref="IndexOutOfRangeException">The batch is full.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Add() => ref Items[Filled++];

    /// <summary>Adds a record.</summary>
    /// <exception cref="IndexOutOfRangeException">The batch is full.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(T record) => Items[Filled++] = record;

    /// <summary>The records' event times in milliseconds since 1970-01-01 UTC, a column beside them; 0 before the stream has any.</summary>
    internal ReadOnlySpan<long> Timestamps => _timestamps.AsSpan(0, Filled);

    /// <summary>Whether any were ever written. Without, all are 0 and need not be copied.</summary>
    internal bool HasTimestamps { get; private set; }

    /// <summary>The column, to write times for the slots that are filled; it stays the same one.</summary>
    internal long[] TimestampsToWrite()
    {
        HasTimestamps = true;
        return _timestamps;
    }

    internal void Reset() => Filled = 0;
}
