namespace Gristmill.Protocol;

/// <summary>
/// The number of a checkpoint, which is also the number of the epoch that ends at its barrier.
/// Within a job it only grows; an aborted number is not used again by the same generation.
/// </summary>
/// <param name="Value">1 for the first checkpoint; 0 is the empty state before it.</param>
public readonly record struct CheckpointId(long Value) : IComparable<CheckpointId>
{
    /// <summary>The state before any checkpoint.</summary>
    public static CheckpointId None => default;

    /// <summary>The number after this one.</summary>
    public CheckpointId Next => new(checked(Value + 1));

    /// <inheritdoc />
    public int CompareTo(CheckpointId other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="left"/> is older.</summary>
    public static bool operator <(CheckpointId left, CheckpointId right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> is newer.</summary>
    public static bool operator >(CheckpointId left, CheckpointId right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> is older or the same.</summary>
    public static bool operator <=(CheckpointId left, CheckpointId right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> is newer or the same.</summary>
    public static bool operator >=(CheckpointId left, CheckpointId right) => left.Value >= right.Value;

    /// <inheritdoc />
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"checkpoint {Value}");
}
