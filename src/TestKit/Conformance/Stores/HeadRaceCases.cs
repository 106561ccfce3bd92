using System.Collections.Concurrent;
using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Conformance.Stores;

/// <summary>However many move a head at once, it is as if they had done so one after the other.</summary>
internal static class HeadRaceCases
{
    private const int Movers = 8;

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("Of parallel movers over several handles exactly one wins each version", WinnersAsync),
        new("Parallel increments through the head lose none", IncrementsAsync),
        new("A reader beside movers sees versions only grow, and whole contents", ReadersAsync),
    ];

    private static async Task WinnersAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var handles = Enumerable.Range(0, Movers).Select(_ => open()).ToArray();
        for (var version = 0; version < 30; version++)
        {
            var expected = version;
            var won = await Check.TogetherAsync(Movers, async i => await handles[i].TryMoveHeadAsync("job", expected, Check.Bytes($"{expected}:{i}"), ct));
            Check.That(won.Count(w => w) == 1, $"Exactly one of {Movers} movers from {version} should win, but {won.Count(w => w)} did.");
            await HeadCases.RequireAsync(open(), "job", version + 1, $"{version}:{Array.IndexOf(won, true)}", ct);
        }
    }

    private static async Task IncrementsAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        const int Each = 15;
        var versions = new ConcurrentBag<long>();
        var unknown = new ConcurrentBag<long>();
        await Check.TogetherAsync(Movers, async i =>
        {
            var store = open();
            for (var done = 0; done < Each;)
            {
                var head = await store.ReadHeadAsync("job", ct);
                var count = head is null ? 0 : int.Parse(Check.Text(head.Content), null);
                Check.That(count == (head?.Version ?? 0), $"Version {head?.Version} should hold its own number, not {count}.");
                var won = await MoveAsync(store, count, unknown, ct);
                if (won is true)
                    versions.Add(count + 1);
                if (won is not false)
                    done++;
            }
            return i;
        });

        // A mover that could not learn whether it won has, or another has.
        var last = (await open().ReadHeadAsync("job", ct))!.Version;
        Check.That(versions.Distinct().Count() == versions.Count, "No version should be won by two movers.");
        var missing = Enumerable.Range(1, (int)last).Select(v => (long)v).Except(versions).ToList();
        Check.That(missing.Count <= unknown.Count && missing.All(unknown.Contains) && versions.All(v => v <= last),
            $"Every version should be won by one mover, but {string.Join(", ", missing)} was by none.");
        await HeadCases.RequireAsync(open(), "job", last, $"{last}", ct);
    }

    /// <returns>Null: the store could not tell.</returns>
    private static async Task<bool?> MoveAsync(ICheckpointStore store, long count, ConcurrentBag<long> unknown, CancellationToken ct)
    {
        try
        {
            return await store.TryMoveHeadAsync("job", count, Check.Bytes($"{count + 1}"), ct);
        }
        catch (CheckpointStoreException)
        {
            unknown.Add(count + 1);
            return null;
        }
    }

    private static async Task ReadersAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        const int Moves = 120;
        await Check.TogetherAsync(3, async i =>
        {
            var store = open();
            if (i == 0)
            {
                for (var v = 0; v < Moves; v++)
                    Check.That(await store.TryMoveHeadAsync("job", v, ContentOf(v + 1), ct), $"The only mover should win at {v}.");
                return i;
            }
            for (var seen = 0L; seen < Moves;)
            {
                var head = await store.ReadHeadAsync("job", ct);
                var version = head?.Version ?? 0;
                Check.That(version >= seen, $"A reader saw version {version} after {seen}.");
                Check.That(head is null || head.Content.Span.SequenceEqual(ContentOf(version)), $"A reader saw version {version} with another content.");
                seen = version;
                await Task.Yield();
            }
            return i;
        });
    }

    private static byte[] ContentOf(long version) => Check.Bytes(string.Concat(Enumerable.Repeat($"{version};", 500)));
}
