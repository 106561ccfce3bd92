namespace Gristmill.Bench;

/// <summary>A row of a result.</summary>
internal interface IRow<TSelf>
    where TSelf : struct, IRow<TSelf>
{
    /// <summary>The hash of the row's fields in their order.</summary>
    ulong Hash();

    /// <summary>The sum of the rows' hashes.</summary>
    static virtual ulong SumOfHashes(ReadOnlySpan<TSelf> rows)
    {
        ulong sum = 0;
        foreach (ref readonly TSelf row in rows)
            sum += row.Hash();
        return sum;
    }
}
