using System.Runtime.CompilerServices;
using Gristmill.Codec;

namespace Gristmill.State;

/// <summary>Writes the commonest keys and values as their codecs do, without the call.</summary>
internal static class PlainCodec
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<T>(ByteWriter writer, Codec<T> codec, in T value)
    {
        if (typeof(T) == typeof(long) || typeof(T) == typeof(ulong))
            writer.WriteUInt64(Unsafe.As<T, ulong>(ref Unsafe.AsRef(in value)));
        else if (typeof(T) == typeof(int) || typeof(T) == typeof(uint))
            writer.WriteUInt32(Unsafe.As<T, uint>(ref Unsafe.AsRef(in value)));
        else
            codec.Write(writer, in value);
    }
}
