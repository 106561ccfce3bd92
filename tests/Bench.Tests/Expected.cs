using System.Globalization;
using System.Reflection;

namespace Gristmill.Bench.Tests;

/// <summary>A known result.</summary>
internal sealed record Expected(ulong Seed, long Rate, long Events, long Keys, string Query, long Rows, string Hash)
{
    public static readonly IReadOnlyList<Expected> All = Read();

    public static Expected Of(string query, ulong seed, long events)
        => All.Single(known => known.Query == query && known.Seed == seed && known.Events == events);

    private static List<Expected> Read()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("expected.csv")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => char.IsAsciiDigit(line[0]))
            .Select(line => Parse(line.Split(',')))];
    }

    private static Expected Parse(string[] fields) => new(
        ulong.Parse(fields[0], CultureInfo.InvariantCulture), Whole(fields[1]), Whole(fields[2]), Whole(fields[3]), fields[4], Whole(fields[5]), fields[6]);

    private static long Whole(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
