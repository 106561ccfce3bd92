namespace Gristmill.Bench;

/// <summary>The strings that events share. Made once, at first use.</summary>
internal static class Texts
{
    public const int Channels = 10_004;
    public const int HotChannels = 4;
    public const int Pads = 1024;
    public const int Items = 1000;

    public static readonly string[] First = ["Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"];

    public static readonly string[] Last = ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"];

    /// <summary>All first names with all last names.</summary>
    public static readonly string[] Name = [.. First.SelectMany(_ => Last, (first, last) => $"{first} {last}")];

    public static readonly string[] City =
        ["Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"];

    public static readonly string[] State = ["AZ", "CA", "ID", "OR", "WA", "WY"];

    public static readonly string[] Item = [.. Enumerable.Range(0, Items).Select(j => $"item-{j}")];

    // Copied before use: literals lie apart from all other strings, and the collector's barrier would mispredict half its calls.
    private static readonly string[] HotChannel = ["Google", "Facebook", "Baidu", "Apple"];

    /// <summary>Where bids come from; beside each its page, since who reads one reads both.</summary>
    public static readonly (string Channel, string Url)[] Sites = [.. Enumerable.Range(0, Channels).Select(MakeSite)];

    public static readonly string[] Pad = [.. Enumerable.Range(0, Pads).Select(MakePad)];

    private static (string, string) MakeSite(int k) => (
        k < HotChannels ? new string(HotChannel[k].AsSpan()) : $"channel-{k - HotChannels}",
        $"https://www.nexmark.example/{k % 100}/{k % 1000}/item.htm?query=1&channel_id={k}");

    private static string MakePad(int j) => string.Create(20 + j % 61, j, static (letters, j) =>
    {
        for (int q = 0; q < letters.Length; q++)
            letters[q] = (char)('a' + Draw.Pick(Draw.Mix((ulong)(j * 1000 + q)), 26));
    });
}
