using System.Globalization;
using System.Numerics;

namespace Gristmill.Codec.Internal;

/// <summary>Whether two values read without their types are the same, as keys are: numbers by value whatever their width, records by their members.</summary>
internal static class ValueEquality
{
    public static new bool Equals(object? a, object? b)
    {
        if (a is null || b is null)
            return a is null && b is null;
        if (a is RecordValue left && b is RecordValue right)
            return left.Fields.Count == right.Fields.Count && left.Fields.Zip(right.Fields).All(pair => Equals(pair.First.Value, pair.Second.Value));
        if (a is List<object?> first && b is List<object?> second)
            return first.Count == second.Count && first.Zip(second).All(pair => Equals(pair.First, pair.Second));
        if (a is byte[] bytes && b is byte[] others)
            return bytes.AsSpan().SequenceEqual(others);
        if (a is double or decimal || b is double or decimal)
            return IsNumber(a) && IsNumber(b) && Fraction(a).Equals(Fraction(b));
        return IsNumber(a) && IsNumber(b) ? Whole(a) == Whole(b) : a.Equals(b);
    }

    private static bool IsNumber(object value) => value is long or ulong or Int128 or UInt128 or double or decimal;

    // Exact for all integers a key can be.
    private static BigInteger Whole(object value) => value switch
    {
        long number => number,
        ulong number => number,
        Int128 number => number,
        _ => (BigInteger)(UInt128)value,
    };

    private static double Fraction(object value) => value is long or ulong or double or decimal
        ? Convert.ToDouble(value, CultureInfo.InvariantCulture) + 0.0
        : (double)Whole(value);
}
