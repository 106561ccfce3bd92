using System.Numerics;

namespace Gristmill.Codec.Internal;

/// <summary>The conversions between numbers that lose nothing.</summary>
internal static class Widening
{
    private static readonly Dictionary<SchemaKind, Type> Numbers = new()
    {
        [SchemaKind.Int8] = typeof(sbyte),
        [SchemaKind.UInt8] = typeof(byte),
        [SchemaKind.Int16] = typeof(short),
        [SchemaKind.UInt16] = typeof(ushort),
        [SchemaKind.Int32] = typeof(int),
        [SchemaKind.UInt32] = typeof(uint),
        [SchemaKind.Int64] = typeof(long),
        [SchemaKind.UInt64] = typeof(ulong),
        [SchemaKind.Int128] = typeof(Int128),
        [SchemaKind.UInt128] = typeof(UInt128),
        [SchemaKind.Float16] = typeof(Half),
        [SchemaKind.Float32] = typeof(float),
        [SchemaKind.Float64] = typeof(double),
        [SchemaKind.Decimal] = typeof(decimal),
    };

    /// <summary>A codec that reads the written number as the wider type; null if not every value would fit.</summary>
    public static object? Find(Schema written, Type to) =>
        Numbers.TryGetValue(written.Kind, out var from) && IsExact(written.Kind, Shapes.Of(to).Primitive)
            ? CodecFactory.Make(typeof(WideningCodec<,>), [from, to], written)
            : null;

    private static bool IsExact(SchemaKind from, SchemaKind to) => to switch
    {
        SchemaKind.Float64 => from is SchemaKind.Float16 or SchemaKind.Float32 || IntegerBits(from) is > 0 and <= 32,
        SchemaKind.Float32 => from is SchemaKind.Float16 || IntegerBits(from) is > 0 and <= 16,
        SchemaKind.Decimal => IntegerBits(from) is > 0 and <= 64,
        _ => IsWiderInteger(from, to),
    };

    private static bool IsWiderInteger(SchemaKind from, SchemaKind to) =>
        IntegerBits(from) is > 0 and var bits && bits < IntegerBits(to) && (IsSigned(to) || !IsSigned(from));

    private static int IntegerBits(SchemaKind kind) =>
        kind is >= SchemaKind.Int8 and <= SchemaKind.UInt128 ? 8 * SchemaSize.OfPrimitive(kind) : 0;

    private static bool IsSigned(SchemaKind kind) =>
        kind is SchemaKind.Int8 or SchemaKind.Int16 or SchemaKind.Int32 or SchemaKind.Int64 or SchemaKind.Int128;
}

/// <summary>Reads a number as a wider one.</summary>
internal sealed class WideningCodec<TFrom, TTo>(Schema written) : Codec<TTo>
    where TFrom : INumberBase<TFrom>
    where TTo : INumberBase<TTo>
{
    public override Schema Schema => written;

    public override int? FixedSize => written.FixedSize;

    public override void Write(ByteWriter writer, in TTo value) => throw new NotSupportedException();

    public override TTo Read(ref ByteReader reader) => TTo.CreateChecked(Wire.Get<TFrom>(ref reader));
}
