using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gristmill.Codec.Internal;

namespace Gristmill.Codec;

/// <summary>Reads what a <see cref="ByteWriter"/> wrote. Trusts nothing: every read is checked and fails with <see cref="CorruptDataException"/>.</summary>
/// <param name="data">The bytes to read.</param>
public ref partial struct ByteReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _position;
    private int _depth;

    /// <summary>How many bytes have been read.</summary>
    public readonly int Position => _position;

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => _data.Length - _position;

    /// <summary>Reads one byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte ReadByte() => Take(1);

    /// <summary>Reads four bytes, lowest first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadUInt32() => Unsafe.ReadUnaligned<uint>(ref Take(sizeof(uint)));

    /// <summary>Reads eight bytes, lowest first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadUInt64() => Unsafe.ReadUnaligned<ulong>(ref Take(sizeof(ulong)));

    /// <summary>Reads the eight bytes of an IEEE 754 double, lowest first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double ReadDouble() => Unsafe.ReadUnaligned<double>(ref Take(sizeof(double)));

    /// <summary>Reads <paramref name="count"/> bytes without copying them.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return MemoryMarshal.CreateReadOnlySpan(ref Take(count), count);
    }

    /// <summary>Reads a number written by <see cref="ByteWriter.WriteVarUInt"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadVarUInt()
    {
        var first = ReadByte();
        return first < 0x80 ? first : ReadLongVarUInt(first);
    }

    /// <summary>Reads a number written by <see cref="ByteWriter.WriteVarInt"/>.</summary>
    public long ReadVarInt()
    {
        var value = ReadVarUInt();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Reads a count of things that take at least <paramref name="minimumSize"/> bytes each: more than can follow is refused before anything is allocated.</summary>
    public int ReadCount(int minimumSize = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumSize, 1);
        return CheckCount(ReadVarUInt(), minimumSize);
    }

    /// <summary>Reads a yes or a no.</summary>
    public bool ReadBoolean()
    {
        var value = ReadByte();
        if (value > 1)
            Fail("a boolean, 0 or 1", value.ToString(provider: null));
        return value != 0;
    }

    /// <summary>Moves over <paramref name="size"/> bytes and returns the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref byte Take(int size)
    {
        var start = _position;
        if (_data.Length - start < size)
            FailShort(size);
        _position = start + size;
        return ref Unsafe.Add(ref MemoryMarshal.GetReference(_data), start);
    }

    internal readonly int CheckCount(ulong count, long minimumSize)
    {
        if (count > (ulong)Remaining / (ulong)minimumSize)
            Fail($"a count of things of at least {minimumSize} bytes within the {Remaining} left", count.ToString(provider: null));
        return (int)count;
    }

    internal void Enter()
    {
        if (++_depth > Limits.Depth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            Fail($"at most {Limits.Depth} levels of nesting", "more");
    }

    internal void Leave() => _depth--;

    /// <summary>Fails at the present offset. Checks come after the read, so the offset is that of the byte behind the offender.</summary>
    [DoesNotReturn]
    internal readonly void Fail(string expected, string found) => throw new CorruptDataException(_position, expected, found);

    [DoesNotReturn, MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void FailShort(int size) => Fail($"{size} more bytes", $"{Remaining}");

    private ulong ReadLongVarUInt(ulong first)
    {
        var value = first & 0x7F;
        for (var shift = 7; shift < 64; shift += 7)
        {
            ulong next = ReadByte();
            // The tenth byte has room for one bit only.
            if (shift == 63 && next > 1)
                break;
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        Fail("a variable-length number of 64 bits", "a longer one");
        return 0;
    }
}
