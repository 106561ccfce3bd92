namespace Gristmill.TestKit.Tests.Simulation.Topologies;

public readonly record struct Reading(string Key, long Number, long Time, int Value);

public sealed record Line(string Text);

/// <summary>The data of a variant: a key lies in one split only, so that its records have an order.</summary>
public static class Rows
{
    public const int OutOfOrderMs = 40;

    public static Reading[][] Splits(int variant, int splits, int salt = 0)
    {
        var random = new Random(variant * 31 + salt);
        int records = 50 + random.Next(250);
        int keys = variant % 2 == 0 ? 17 : 150;
        var made = Enumerable.Range(0, splits).Select(_ => new List<Reading>()).ToArray();
        for (int i = 0; i < records; i++)
        {
            int key = random.Next(keys);
            made[key % splits].Add(new Reading($"k{key}", i, 1000 + (i * 5) - random.Next(OutOfOrderMs), random.Next(-50, 50)));
        }

        return [.. made.Select(split => split.ToArray())];
    }
}
