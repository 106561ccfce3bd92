namespace Gristmill.Postgres;

/// <summary>How checkpoints are kept in a database. Checked when the store is opened, all faults at once.</summary>
public sealed class PostgresOptions
{
    internal PostgresOptions()
    {
    }

    /// <summary>
    /// The schema the tables are in, made with them at the first use. Default: <c>gristmill</c>. Small letters, digits and
    /// '_', at most 63, no digit first, and not <c>pg_</c> first. Stores of different schemas know nothing of each other.
    /// </summary>
    public string Schema { get; set; } = "gristmill";

    /// <summary>
    /// The bytes of a row of an object: 64 KB to 64 MB. Default: 1 MB. An upload holds one row in memory; what was written
    /// with another size stays readable.
    /// </summary>
    public int ChunkBytes { get; set; } = 1 << 20;

    /// <summary>
    /// How long an upload may be silent before it is taken for that of a dead process and its rows are deleted, by the
    /// server's clock: 10 minutes to 30 days. Default: 1 day.
    /// </summary>
    public TimeSpan AbandonedAfter { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How often a call is tried again after a transient failure: 0 to 20. Default: 6, with delays from 100 ms that double
    /// up to 5 s. A move of the head is tried again only as long as it can't have been carried out.
    /// </summary>
    public int Retries { get; set; } = 6;

    internal IEnumerable<string> Faults()
    {
        if (!IsSchema(Schema))
            yield return $"Schema is '{Schema}'; use 1 to 63 small letters, digits and '_', with neither a digit nor 'pg_' first.";
        if (ChunkBytes is < 64 << 10 or > 64 << 20)
            yield return $"ChunkBytes is {ChunkBytes}; set it to between 64 KB and 64 MB.";
        if (AbandonedAfter < TimeSpan.FromMinutes(10) || AbandonedAfter > TimeSpan.FromDays(30))
            yield return $"AbandonedAfter is {AbandonedAfter}; set it to between 10 minutes and 30 days.";
        if (Retries is < 0 or > 20)
            yield return $"Retries is {Retries}; set it to between 0 and 20.";
    }

    private static bool IsSchema(string? name) => name is { Length: >= 1 and <= 63 }
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
        && !char.IsAsciiDigit(name[0])
        && !name.StartsWith("pg_", StringComparison.Ordinal);
}
