namespace Gristmill.Bench;

/// <summary>How persons and auctions are numbered.</summary>
internal static class Ids
{
    public const long First = 1000;
    public const long ActivePersons = 1000;
    public const long ActiveAuctions = 100;
    public const int AuctionsPerGroup = 3;

    private const long HotEvery = 100;

    /// <summary>The hot one when <paramref name="last"/> is the newest.</summary>
    public static long Hot(long last) => last / HotEvery * HotEvery;
}
