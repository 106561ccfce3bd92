using Gristmill.Sources;

namespace Gristmill;

/// <summary>Sources that lie in memory: for tests and first steps.</summary>
public static class InMemory
{
    /// <summary>Reads records in their order.</summary>
    public static Source<T, long> Of<T>(params T[] records) => From(records);

    /// <summary>Reads a list.</summary>
    /// <param name="records">The list. It stays as it is while the job lives: positions are indices.</param>
    /// <param name="splits">Into how many parts of about the same length it is divided, 1 or more; as many subtasks can read at once. Order is kept in each.</param>
    public static Source<T, long> From<T>(IReadOnlyList<T> records, int splits = 1)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentOutOfRangeException.ThrowIfLessThan(splits, 1);
        return new ListSource<T>(records, splits);
    }
}
