namespace Gristmill.Flights.Tests;

/// <summary>Whether report and late rows together account for the input.</summary>
internal static class Accounts
{
    public static void AssertEachRowOnce(IReadOnlyCollection<string> rows, RunFolder folder)
    {
        // Rows may be equal, so they are counted.
        Dictionary<string, int> left = rows.CountBy(row => row).ToDictionary(StringComparer.Ordinal);
        foreach (string late in folder.Late())
        {
            Assert.True(left.TryGetValue(late, out int count) && count > 0, $"'{late}' is late more often than it is in the input.");
            left[late] = count - 1;
        }

        Assert.Equal(FlightData.Report(left.SelectMany(row => Enumerable.Repeat(row.Key, row.Value))), folder.Report());
    }
}
