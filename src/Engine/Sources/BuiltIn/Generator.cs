using Gristmill.Sources;

namespace Gristmill;

/// <summary>Sources that make their records: for benchmarks, load tests and demonstrations.</summary>
public static class Generator
{
    /// <summary>
    /// Makes record 0, 1, 2, … of a function, all at once or at a rate. Positions are numbers, so a restored job goes on with
    /// the very next one. With a rate, record n is due n/rate seconds after the first: what comes late is made up for, so that
    /// the rate holds in the long run however unevenly the job runs. It begins anew where a job is restored.
    /// </summary>
    /// <param name="make">Makes a record of its number: the same one each time, and from several threads at once.</param>
    /// <param name="count">How many records, 0 or more; null (default): without end.</param>
    /// <param name="perSecond">Records a second over all splits, more than 0; null (default): as fast as they are taken.</param>
    /// <param name="splits">
    /// How many subtasks can make records at once, 1 (default) or more: split s of k has the numbers s, s + k, s + 2k, …. Fixed for
    /// the life of a job's checkpoints.
    /// </param>
    /// <typeparam name="T">The record type.</typeparam>
    public static Source<T, long> Of<T>(Func<long, T> make, long? count = null, double? perSecond = null, int splits = 1)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentOutOfRangeException.ThrowIfNegative(count ?? 0, nameof(count));
        ArgumentOutOfRangeException.ThrowIfLessThan(splits, 1);
        if (perSecond is { } rate && !(double.IsFinite(rate) && rate > 0))
            throw new ArgumentOutOfRangeException(nameof(perSecond), perSecond, "The rate must be more than 0.");
        return new GeneratorSource<T>(make, count ?? long.MaxValue, perSecond, splits);
    }

    /// <summary>Makes the numbers 0, 1, 2, ….</summary>
    /// <inheritdoc cref="Of{T}(Func{long, T}, long?, double?, int)"/>
    public static Source<long, long> Sequence(long? count = null, double? perSecond = null, int splits = 1)
        => Of(number => number, count, perSecond, splits);
}
