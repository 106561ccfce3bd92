using System.Runtime.CompilerServices;
using Gristmill.Codec;
using Gristmill.State;

namespace Gristmill;

/// <summary>One value a key. Made in <c>Open</c>, used for the current key in <c>OnRecord</c> and <c>OnTimer</c>.</summary>
/// <typeparam name="T">A plain type.</typeparam>
public sealed class ValueState<T>
{
    // A value that can be changed from outside counts as changed when it is handed out.
    private static readonly bool HandsOutMutable = !TypeTraits.IsImmutable(typeof(T));

    private readonly StateCursor _cursor;
    private readonly StateColumn<T>? _column;
    private readonly nint _fieldOffset;
    private readonly ulong _bit;

    internal ValueState(StateCursor cursor, nint fieldOffset)
    {
        _cursor = cursor;
        _fieldOffset = fieldOffset;
        _bit = 1UL << 32;
    }

    internal ValueState(StateCursor cursor, StateColumn<T> column, int index)
    {
        _cursor = cursor;
        _column = column;
        _bit = 1UL << (32 + index);
    }

    /// <summary>Whether the current key has a value.</summary>
    public bool Exists
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_cursor.Control & _bit) != 0;
    }

    /// <summary>The current key's value; the type's default where it has none.</summary>
    public T Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (HandsOutMutable && Exists)
                Touch();
            return Slot;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        set
        {
            Touch();
            Slot = value;
        }
    }

    private ref T Slot
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _column is null ? ref _cursor.Field<T>(_fieldOffset) : ref _column.Values[_cursor.Group][_cursor.Slot];
    }

    /// <summary>The current key's value in place, to be changed; a key without one gets the default. Valid until <c>OnRecord</c> or <c>OnTimer</c> returns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Update()
    {
        Touch();
        return ref Slot;
    }

    /// <summary>Takes the current key's value away.</summary>
    public void Clear()
    {
        if (!Exists)
            return;
        Touch();
        Slot = default!;
        _cursor.Table.ClearPresence(_bit);
    }

    /// <summary>One compare on an entry the epoch has already touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Touch()
    {
        if ((_cursor.Control & (StateCursor.StampMask | _bit)) != (_cursor.Epoch | _bit))
            _cursor.Table.Touch(_bit);
    }
}
