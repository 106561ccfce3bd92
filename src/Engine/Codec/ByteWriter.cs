using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gristmill.Codec.Internal;

namespace Gristmill.Codec;

/// <summary>A growing buffer that codecs write into. Made to be kept and reused: <see cref="Clear"/> keeps the memory.</summary>
/// <remarks>Numbers are little-endian. Not thread-safe. After a failed write, go back with <see cref="Truncate"/>.</remarks>
public sealed partial class ByteWriter
{
    private byte[] _buffer;
    private int _length;
    private int _depth;

    /// <summary>Makes an empty writer.</summary>
    /// <param name="capacity">Bytes to begin with; it grows by doubling.</param>
    public ByteWriter(int capacity = 256)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _buffer = GC.AllocateUninitializedArray<byte>(Math.Max(capacity, 16));
    }

    /// <summary>How many bytes have been written.</summary>
    public int Length => _length;

    /// <summary>What has been written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => new(_buffer, 0, _length);

    /// <summary>What has been written; valid until the next write.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => new(_buffer, 0, _length);

    /// <summary>A copy of what has been written.</summary>
    public byte[] ToArray() => Written.ToArray();

    /// <summary>Forgets what has been written and keeps the memory.</summary>
    public void Clear() => Truncate(0);

    /// <summary>Goes back to an earlier <see cref="Length"/>; what was written since is dropped.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _length = length;
        _depth = 0;
    }

    /// <summary>Room for at least <paramref name="size"/> bytes behind what has been written. <see cref="Advance"/> says how many were used.</summary>
    public Span<byte> Reserve(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Ensure(size);
        return _buffer.AsSpan(_length);
    }

    /// <summary>Takes <paramref name="count"/> bytes of the room given by <see cref="Reserve"/> as written.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _length);
        _length += count;
    }

    /// <summary>Writes one byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteByte(byte value) => Claim(1) = value;

    /// <summary>Writes four bytes, lowest first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteUInt32(uint value) => Unsafe.WriteUnaligned(ref Claim(sizeof(uint)), value);

    /// <summary>Writes eight bytes, lowest first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteUInt64(ulong value) => Unsafe.WriteUnaligned(ref Claim(sizeof(ulong)), value);

    /// <summary>Writes the eight bytes of an IEEE 754 double, lowest first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteDouble(double value) => Unsafe.WriteUnaligned(ref Claim(sizeof(double)), value);

    /// <summary>Writes the bytes as they are, without a length.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        Ensure(value.Length);
        value.CopyTo(_buffer.AsSpan(_length));
        _length += value.Length;
    }

    /// <summary>Writes seven bits a byte, lowest first, the high bit set on all but the last (LEB128): 1 to 10 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteVarUInt(ulong value)
    {
        if (value < 0x80)
            WriteByte((byte)value);
        else
            WriteLongVarUInt(value);
    }

    /// <summary>Writes a signed number as <see cref="WriteVarUInt"/>, the sign in the lowest bit (zigzag), so that small negatives are short.</summary>
    public void WriteVarInt(long value) => WriteVarUInt((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Replaces eight bytes written before, lowest first.</summary>
    internal void Overwrite(int position, ulong value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, _length - sizeof(ulong));
        Unsafe.WriteUnaligned(ref _buffer[position], value);
    }

    /// <summary>Claims <paramref name="size"/> bytes as written and returns the first; the caller fills them all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref byte Claim(int size)
    {
        var start = _length;
        var buffer = _buffer;
        if (buffer.Length - start < size)
            buffer = Grow(size);
        _length = start + size;
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(buffer), start);
    }

    /// <summary>Goes one level deeper into a recursive type. An object graph with a cycle ends here and not in a stack overflow.</summary>
    internal void Enter(Type type)
    {
        if (++_depth > Limits.Depth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new InvalidOperationException(
                $"A value of {type} is nested more than {Limits.Depth} levels deep, or refers to itself in a circle. "
                + "A snapshot keeps trees: break the circle, or keep long chains in a list.");
    }

    internal void Leave() => _depth--;

    private void WriteLongVarUInt(ulong value)
    {
        Ensure(10);
        while (value >= 0x80)
        {
            _buffer[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        _buffer[_length++] = (byte)value;
    }

    private void Ensure(int size)
    {
        if (_buffer.Length - _length < size)
            Grow(size);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte[] Grow(int size)
    {
        var needed = (long)_length + size;
        if (needed > Array.MaxLength)
            throw new InvalidOperationException($"A single buffer can't hold {needed} bytes; the most is {Array.MaxLength}. Write it in smaller pieces.");
        var grown = GC.AllocateUninitializedArray<byte>((int)Math.Min(Math.Max(2L * _buffer.Length, needed), Array.MaxLength));
        Written.CopyTo(grown);
        return _buffer = grown;
    }
}
