namespace Gristmill.Protocol;

/// <summary>
/// One incarnation of a running job, taken by compare-and-swap on the head. Whatever carries an older one is refused.
/// </summary>
/// <param name="Value">1 for the first incarnation; 0 is none.</param>
public readonly record struct Generation(long Value) : IComparable<Generation>
{
    /// <summary>No incarnation yet.</summary>
    public static Generation None => default;

    /// <summary>The incarnation after this one.</summary>
    public Generation Next => new(checked(Value + 1));

    /// <inheritdoc />
    public int CompareTo(Generation other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> is older.</summary>
    public static bool operator <(Generation left, Generation right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is newer.</summary>
    public static bool operator >(Generation left, Generation right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is older or the same.</summary>
    public static bool operator <=(Generation left, Generation right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is newer or the same.</summary>
    public static bool operator >=(Generation left, Generation right) => left.Value >= right.Value;

    /// <inheritdoc />
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"g{Value}");
}
