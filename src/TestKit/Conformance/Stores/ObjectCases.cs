using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Conformance.Stores;

/// <summary>Objects appear whole, once, or not at all.</summary>
internal static class ObjectCases
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("An object is there after completing, for other handles too", CompleteAsync),
        new("An object is invisible before completing", InvisibleAsync),
        new("An abandoned object leaves nothing", AbandonedAsync),
        new("A second object of the same name is refused and the first stays", CreateOnlyAsync),
        new("Of parallel objects of the same name exactly one wins, whole", ParallelAsync),
        new("A completed writer can be disposed, twice, without harm", DisposeAsync),
        new("An empty object exists", EmptyAsync),
        new("An object of several MB in uneven pieces is intact", LargeAsync),
        new("Deleting is idempotent and frees the name", DeleteAsync),
        new("Deleting one object leaves its neighbours", NeighboursAsync),
    ];

    private static async Task CompleteAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        await Check.PutAsync(open(), "job/a/b/c.bin", Check.Pattern(1000), ct);
        Check.Same(Check.Pattern(1000), await Check.GetAsync(open(), "job/a/b/c.bin", ct), "The object, seen from another handle,");
    }

    private static async Task InvisibleAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var store = open();
        await using var writer = await store.CreateAsync("job/object", ct);
        await writer.WriteAsync(Check.Pattern(100_000), ct);
        await RequireNothingAsync(open(), "before completing", ct);
        await writer.CompleteAsync(ct);
        Check.That(await open().GetLengthAsync("job/object", ct) == 100_000, "After completing the object should be there.");
    }

    private static async Task AbandonedAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var store = open();
        await using (var writer = await store.CreateAsync("job/object", ct))
            await writer.WriteAsync(Check.Pattern(100_000), ct);
        await RequireNothingAsync(open(), "after disposing without completing", ct);
        await Check.PutAsync(store, "job/object", Check.Pattern(10), ct);
        Check.Same(Check.Pattern(10), await Check.GetAsync(store, "job/object", ct), "The object written after an abandoned one");
    }

    private static async Task RequireNothingAsync(ICheckpointStore store, string when, CancellationToken ct)
    {
        Check.That(await store.GetLengthAsync("job/object", ct) is null, $"The object should have no length {when}.");
        await Check.ThrowsAsync<ObjectNotFoundException>(async () => await store.ReadAsync("job/object", 0, new byte[1], ct), $"Reading {when}");
        var names = await Check.NamesAsync(store, "", ct);
        Check.That(names.Count == 0, $"Nothing should be listed {when}, but there is {string.Join(", ", names)}.");
    }

    private static async Task CreateOnlyAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        await Check.PutAsync(open(), "job/object", Check.Pattern(10), ct);
        var error = await Check.ThrowsAsync<ObjectExistsException>(
            () => Check.PutAsync(open(), "job/object", Check.Pattern(20), ct), "Completing a second object of the same name");
        Check.That(error.Name == "job/object", $"The exception should name the object, not '{error.Name}'.");
        Check.Same(Check.Pattern(10), await Check.GetAsync(open(), "job/object", ct), "The first object");
        Check.That((await Check.NamesAsync(open(), "", ct)).Count == 1, "The refused object should leave nothing.");
    }

    private static async Task ParallelAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        for (var round = 0; round < 10; round++)
        {
            var name = $"job/object{round}";
            var won = await Check.TogetherAsync(8, async i =>
            {
                try
                {
                    await Check.PutAsync(open(), name, Check.Pattern(1000 + i), ct);
                    return i;
                }
                catch (ObjectExistsException)
                {
                    return -1;
                }
            });
            var winners = won.Where(i => i >= 0).ToList();
            Check.That(winners.Count == 1, $"Exactly one of eight should win, but {winners.Count} did.");
            Check.Same(Check.Pattern(1000 + winners[0]), await Check.GetAsync(open(), name, ct), "The object of the winner");
        }
    }

    private static async Task DisposeAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var writer = await open().CreateAsync("job/object", ct);
        await writer.WriteAsync(Check.Pattern(10), ct);
        await writer.CompleteAsync(ct);
        await writer.DisposeAsync();
        await writer.DisposeAsync();
        Check.Same(Check.Pattern(10), await Check.GetAsync(open(), "job/object", ct), "The object");
    }

    private static async Task EmptyAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        await using (var writer = await open().CreateAsync("job/empty", ct))
            await writer.CompleteAsync(ct);
        Check.That(await open().GetLengthAsync("job/empty", ct) == 0, "An empty object should have length 0.");
        Check.That(await open().ReadAsync("job/empty", 0, new byte[4], ct) == 0, "Reading an empty object should return 0.");
    }

    private static async Task LargeAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var content = Check.Pattern(5_000_011);
        await using (var writer = await open().CreateAsync("job/large", ct))
        {
            for (var at = 0; at < content.Length;)
            {
                var length = Math.Min(1 + at * 7 % 300_000, content.Length - at);
                await writer.WriteAsync(content.AsMemory(at, length), ct);
                at += length;
            }
            await writer.CompleteAsync(ct);
        }
        Check.Same(content, await Check.GetAsync(open(), "job/large", ct), "The large object");
    }

    private static async Task DeleteAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var store = open();
        await store.DeleteAsync("job/never", ct);
        await Check.PutAsync(store, "job/deep/object", Check.Pattern(10), ct);
        await store.DeleteAsync("job/deep/object", ct);
        await store.DeleteAsync("job/deep/object", ct);
        Check.That(await open().GetLengthAsync("job/deep/object", ct) is null, "A deleted object should be gone.");
        await Check.PutAsync(store, "job/deep/object", Check.Pattern(20), ct);
        Check.Same(Check.Pattern(20), await Check.GetAsync(open(), "job/deep/object", ct), "The object written after the deletion");
    }

    private static async Task NeighboursAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        foreach (var name in new[] { "job/a", "job/ab", "job/b/a" })
            await Check.PutAsync(open(), name, Check.Pattern(10), ct);
        await open().DeleteAsync("job/a", ct);
        var names = await Check.NamesAsync(open(), "", ct);
        Check.That(names.SequenceEqual(["job/ab", "job/b/a"]), $"Only job/ab and job/b/a should be left, but there is {string.Join(", ", names)}.");
    }
}
