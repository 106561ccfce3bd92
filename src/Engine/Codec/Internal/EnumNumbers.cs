using System.Runtime.CompilerServices;

namespace Gristmill.Codec.Internal;

/// <summary>Matches two versions of an enum by the names of its numbers.</summary>
internal static class EnumNumbers
{
    /// <summary>What each written number is today; null if none has changed, and then numbers without a name keep their meaning too.</summary>
    /// <param name="written">The enum as it was.</param>
    /// <param name="native">The enum as it is.</param>
    /// <param name="names">Today's name by each name it has or had.</param>
    /// <param name="missing">The names of numbers that none of today's stand for.</param>
    public static Dictionary<long, long>? Match(Schema written, Schema native, Dictionary<string, string> names, out List<string> missing)
    {
        var today = native.Members.DistinctBy(m => m.Name).ToDictionary(m => m.Name, m => m.Value);
        var numbers = new Dictionary<long, long>();
        missing = [];
        // A number may have several names; one that is still there is enough.
        foreach (var same in written.Members.GroupBy(m => m.Value))
        {
            if (same.FirstOrDefault(m => names.ContainsKey(m.Name)) is { } kept)
                numbers.Add(same.Key, today[names[kept.Name]]);
            else
                missing.Add(same.First().Name);
        }
        return numbers.All(n => n.Key == n.Value) ? null : numbers;
    }

    /// <summary>A name for each number; one that is known where there is one.</summary>
    public static IEnumerable<string> NamesOf(Schema written, Dictionary<string, string> names) =>
        written.Members.GroupBy(m => m.Value).Select(same => (same.FirstOrDefault(m => names.ContainsKey(m.Name)) ?? same.First()).Name);

    public static long BitsOf<T>(T value)
        where T : struct, Enum
    {
        var isSigned = Type.GetTypeCode(typeof(T)) is TypeCode.SByte or TypeCode.Int16 or TypeCode.Int32 or TypeCode.Int64;
        return Unsafe.SizeOf<T>() switch
        {
            1 => isSigned ? Unsafe.BitCast<T, sbyte>(value) : Unsafe.BitCast<T, byte>(value),
            2 => isSigned ? Unsafe.BitCast<T, short>(value) : Unsafe.BitCast<T, ushort>(value),
            4 => isSigned ? Unsafe.BitCast<T, int>(value) : Unsafe.BitCast<T, uint>(value),
            _ => Unsafe.BitCast<T, long>(value),
        };
    }

    public static T FromBits<T>(long bits)
        where T : struct, Enum =>
        Unsafe.SizeOf<T>() switch
        {
            1 => Unsafe.BitCast<byte, T>((byte)bits),
            2 => Unsafe.BitCast<short, T>((short)bits),
            4 => Unsafe.BitCast<int, T>((int)bits),
            _ => Unsafe.BitCast<long, T>(bits),
        };
}
