using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Conformance.Stores;

/// <summary>Ranges are read as asked.</summary>
internal static class ReadCases
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("A range fills the buffer, or goes to the end of the object", RangesAsync),
        new("A range at or past the end is empty", EndAsync),
        new("Reading a missing object throws, and its length is null", MissingAsync),
        new("A negative offset is refused", NegativeAsync),
        new("A cancelled call throws and does nothing", CancelledAsync),
    ];

    private static async Task RangesAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var content = Check.Pattern(100_000);
        var store = open();
        await Check.PutAsync(store, "job/object", content, ct);
        foreach (var (offset, length) in new[] { (0, 1), (0, 100_000), (1, 99_999), (65_535, 2), (99_999, 1), (0, 0), (99_990, 50), (0, 200_000) })
        {
            var buffer = new byte[length];
            var read = await store.ReadAsync("job/object", offset, buffer, ct);
            var expected = content.AsMemory(offset, Math.Min(length, content.Length - offset));
            Check.Same(expected, buffer.AsMemory(0, read), $"The range of {length} at {offset}");
        }
    }

    private static async Task EndAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        await Check.PutAsync(open(), "job/object", Check.Pattern(10), ct);
        foreach (var offset in new[] { 10L, 11L, 1L << 40 })
            Check.That(await open().ReadAsync("job/object", offset, new byte[5], ct) == 0, $"A read at {offset} of 10 bytes should return 0.");
    }

    private static async Task MissingAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        await Check.PutAsync(open(), "job/folder/object", Check.Pattern(10), ct);
        foreach (var name in new[] { "nobody/object", "job/object", "job/folder" })
        {
            Check.That(await open().GetLengthAsync(name, ct) is null, $"'{name}' should have no length.");
            var error = await Check.ThrowsAsync<ObjectNotFoundException>(
                async () => await open().ReadAsync(name, 0, new byte[5], ct), $"Reading '{name}', which is no object,");
            Check.That(error.Name == name, $"The exception should name '{name}', not '{error.Name}'.");
        }
    }

    private static async Task NegativeAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        await Check.PutAsync(open(), "job/object", Check.Pattern(10), ct);
        await Check.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await open().ReadAsync("job/object", -1, new byte[5], ct), "Reading at offset -1");
    }

    private static async Task CancelledAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        var gone = new CancellationToken(canceled: true);
        var store = open();
        await Check.ThrowsAsync<OperationCanceledException>(async () => await store.CreateAsync("job/a", gone), "A cancelled create");
        await Check.ThrowsAsync<OperationCanceledException>(async () => await store.TryMoveHeadAsync("job", 0, new byte[1], gone), "A cancelled move of the head");
        await Check.ThrowsAsync<OperationCanceledException>(async () => await store.AppendLineAsync("job/lines", "x", gone), "A cancelled append");
        Check.That(await store.ReadHeadAsync("job", ct) is null, "A cancelled move should leave no head.");
        Check.That((await Check.NamesAsync(store, "", ct)).Count == 0, "Cancelled calls should leave no object.");
    }
}
