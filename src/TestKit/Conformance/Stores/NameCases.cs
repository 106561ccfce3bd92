using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Conformance.Stores;

/// <summary>Names mean the same everywhere, or are refused.</summary>
internal static class NameCases
{
    private static readonly string[] Illegal =
    [
        "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "a/../b", "./a", "a/.hidden", "a/end.", "a b", "a\\b", "a:b", "a*", "a?b",
        "a\nb", "a\0b", "ä", "a/ü", "\u202Ea", "a%2Fb", "job/head", "job/head/0000000001", "job/HEAD/x", "~", "C:/x", new('x', 129),
    ];

    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("Odd object names are refused by every method", ObjectsAsync),
        new("Odd job names are refused", JobsAsync),
        new("Names of every legal character and length work", LegalAsync),
    ];

    private static async Task ObjectsAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var store = open();
        foreach (var name in Illegal)
        {
            await RefusedAsync(async () => await store.CreateAsync(name, ct), "Creating", name);
            await RefusedAsync(async () => await store.ReadAsync(name, 0, new byte[1], ct), "Reading", name);
            await RefusedAsync(async () => await store.GetLengthAsync(name, ct), "Measuring", name);
            await RefusedAsync(async () => await store.DeleteAsync(name, ct), "Deleting", name);
            await RefusedAsync(async () => await store.AppendLineAsync(name, "line", ct), "Appending to", name);
        }
        await RefusedAsync(() => Check.NamesAsync(store, "a/../b", ct), "Listing", "a/../b");
    }

    private static async Task JobsAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var store = open();
        foreach (var job in Illegal.Append("a/b"))
        {
            await RefusedAsync(async () => await store.ReadHeadAsync(job, ct), "Reading the head of", job);
            await RefusedAsync(async () => await store.TryMoveHeadAsync(job, 0, new byte[1], ct), "Moving the head of", job);
        }
    }

    private static async Task LegalAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        string[] names =
        [
            "a", "abcdefghijklmnopqrstuvwxyz/ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789/-_+=@.x", "head", "b/b/head", "b/heads",
            new string('x', 128) + "/" + new string('y', 128),
        ];
        foreach (var name in names)
        {
            await Check.PutAsync(open(), name, Check.Pattern(3), ct);
            Check.Same(Check.Pattern(3), await Check.GetAsync(open(), name, ct), $"'{name}'");
        }
    }

    private static Task<ArgumentException> RefusedAsync(Func<Task> work, string doing, string name) =>
        Check.ThrowsAsync<ArgumentException>(work, $"{doing} '{name}'");
}
