using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Conformance.Stores;

/// <summary>The head moves one step at a time.</summary>
internal static class HeadCases
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("A job without a head has none, and gets version 1", FirstAsync),
        new("A head cannot be made twice", TwiceAsync),
        new("A stale, or a future, version is refused and changes nothing", StaleAsync),
        new("A head is read the same after reopening", ReopenAsync),
        new("Heads of different jobs are independent", JobsAsync),
        new("A head may be empty or large, and is copied", ContentAsync),
        new("A head moves very many times", ManyAsync),
    ];

    public static async Task RequireAsync(ICheckpointStore store, string job, long version, string content, CancellationToken ct)
    {
        var head = await store.ReadHeadAsync(job, ct);
        Check.That(head is not null, $"The job '{job}' should have a head.");
        Check.That(head!.Version == version, $"The head should have version {version}, but has {head.Version}.");
        Check.That(Check.Text(head.Content) == content, $"The head should be '{content}', but is '{Check.Text(head.Content)}'.");
    }

    private static async Task FirstAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        Check.That(await open().ReadHeadAsync("job", ct) is null, "A job that never ran should have no head.");
        Check.That(!await open().TryMoveHeadAsync("job", 1, Check.Bytes("x"), ct), "A head that is not there cannot be at version 1.");
        Check.That(await open().TryMoveHeadAsync("job", 0, Check.Bytes("one"), ct), "The first head should be made.");
        await RequireAsync(open(), "job", 1, "one", ct);
    }

    private static async Task TwiceAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        Check.That(await open().TryMoveHeadAsync("job", 0, Check.Bytes("one"), ct), "The first head should be made.");
        Check.That(!await open().TryMoveHeadAsync("job", 0, Check.Bytes("other"), ct), "A second first head should be refused.");
        await RequireAsync(open(), "job", 1, "one", ct);
    }

    private static async Task StaleAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var store = open();
        for (var v = 0; v < 40; v++)
            Check.That(await store.TryMoveHeadAsync("job", v, Check.Bytes($"v{v + 1}"), ct), $"The move from {v} should succeed.");
        var other = open();
        foreach (var wrong in new long[] { 0, 1, 2, 3, 20, 22, 23, 24, 25, 38, 39, 41, 42, 1000 })
        {
            Check.That(!await other.TryMoveHeadAsync("job", wrong, Check.Bytes("wrong"), ct), $"A move from {wrong} should be refused at 40.");
            await RequireAsync(open(), "job", 40, "v40", ct);
        }
        Check.That(await other.TryMoveHeadAsync("job", 40, Check.Bytes("right"), ct), "The move from 40 should succeed.");
        await Check.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await other.TryMoveHeadAsync("job", -1, Check.Bytes("wrong"), ct), "A move from -1");
    }

    private static async Task ReopenAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        for (var v = 0; v < 5; v++)
        {
            Check.That(await open().TryMoveHeadAsync("job", v, Check.Bytes($"v{v + 1}"), ct), $"The move from {v} should succeed.");
            await RequireAsync(open(), "job", v + 1, $"v{v + 1}", ct);
        }
    }

    private static async Task JobsAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        Check.That(await open().TryMoveHeadAsync("a", 0, Check.Bytes("a1"), ct), "The head of a should be made.");
        Check.That(await open().TryMoveHeadAsync("ab", 0, Check.Bytes("ab1"), ct), "The head of ab should be made.");
        Check.That(await open().TryMoveHeadAsync("a", 1, Check.Bytes("a2"), ct), "The head of a should move.");
        await RequireAsync(open(), "a", 2, "a2", ct);
        await RequireAsync(open(), "ab", 1, "ab1", ct);
        Check.That(await open().ReadHeadAsync("b", ct) is null, "The job b should have no head.");
    }

    private static async Task ContentAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var store = open();
        var content = Check.Pattern(200_000);
        Check.That(await store.TryMoveHeadAsync("job", 0, default, ct), "An empty head should be made.");
        Check.That((await store.ReadHeadAsync("job", ct))!.Content.IsEmpty, "The head should be empty.");
        Check.That(await store.TryMoveHeadAsync("job", 1, content, ct), "A head of 200 kB should be made.");
        content.AsSpan().Clear();
        Check.Same(Check.Pattern(200_000), (await open().ReadHeadAsync("job", ct))!.Content, "The head");
    }

    private static async Task ManyAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var (one, two) = (open(), open());
        for (var v = 0; v < 200; v++)
            Check.That(await (v % 2 == 0 ? one : two).TryMoveHeadAsync("job", v, Check.Bytes($"{v + 1}"), ct), $"The move from {v} should succeed.");
        await RequireAsync(open(), "job", 200, "200", ct);
    }
}
