using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Conformance.Stores;

/// <summary>Listings are whole and in order.</summary>
internal static class ListCases
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("A listing is in ordinal order, with lengths", OrderAsync),
        new("A prefix need not end at a part", PrefixAsync),
        new("A listing of nothing is empty", NothingAsync),
        new("A head is not listed as an object", HeadAsync),
    ];

    private static async Task OrderAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        // '-' and '.' come before '/', and capitals before small letters; a walk by folders gets that wrong.
        string[] names = ["b/x", "a/z", "a-b/x", "a.b/x", "a/b/c", "a/B", "a/b-c", "a/b.c", "B/x", "a/b1", "a/b10", "a/b2"];
        for (var i = 0; i < names.Length; i++)
            await Check.PutAsync(open(), names[i], Check.Pattern(i), ct);
        var found = new List<StoredObject>();
        await foreach (var item in open().ListAsync("", ct))
            found.Add(item);
        var expected = names.Order(StringComparer.Ordinal).ToList();
        Check.That(found.Select(o => o.Name).SequenceEqual(expected),
            $"The order should be {string.Join(", ", expected)}, but is {string.Join(", ", found.Select(o => o.Name))}.");
        Check.That(found.All(o => o.Length == Array.IndexOf(names, o.Name)), "Every length should be the object's.");
        Check.That(found.All(o => o.Modified > DateTimeOffset.UnixEpoch), "Every object should have a time.");
    }

    private static async Task PrefixAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        foreach (var name in new[] { "job/checkpoint-1/a", "job/checkpoint-10/a", "job/checkpoint-2/a", "job2/checkpoint-1/a", "job/other" })
            await Check.PutAsync(open(), name, Check.Pattern(1), ct);
        await RequireAsync("job/", "job/checkpoint-1/a", "job/checkpoint-10/a", "job/checkpoint-2/a", "job/other");
        await RequireAsync("job/checkpoint-1", "job/checkpoint-1/a", "job/checkpoint-10/a");
        await RequireAsync("job/checkpoint-1/", "job/checkpoint-1/a");
        await RequireAsync("job/o", "job/other");
        await RequireAsync("job2", "job2/checkpoint-1/a");

        async Task RequireAsync(string prefix, params string[] expected)
        {
            var found = await Check.NamesAsync(open(), prefix, ct);
            Check.That(found.SequenceEqual(expected), $"'{prefix}' should list {string.Join(", ", expected)}, but lists {string.Join(", ", found)}.");
        }
    }

    private static async Task NothingAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        Check.That((await Check.NamesAsync(open(), "", ct)).Count == 0, "A new storage should list nothing.");
        await Check.PutAsync(open(), "job/a", Check.Pattern(1), ct);
        Check.That((await Check.NamesAsync(open(), "nobody/at/all", ct)).Count == 0, "A prefix without objects should list nothing.");
    }

    private static async Task HeadAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        Check.That(await open().TryMoveHeadAsync("job", 0, Check.Bytes("one"), ct), "The first head should be made.");
        await Check.PutAsync(open(), "job/a", Check.Pattern(1), ct);
        var names = await Check.NamesAsync(open(), "", ct);
        Check.That(names.SequenceEqual(["job/a"]), $"Only job/a should be listed, but there is {string.Join(", ", names)}.");
        await Check.ThrowsAsync<ArgumentException>(async () => await open().DeleteAsync("job/head/0000000001", ct), "Deleting below 'head'");
        Check.That(await open().ReadHeadAsync("job", ct) is not null, "The head should still be there.");
    }
}
