using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Conformance.Stores;

/// <summary>Line files keep every line whole.</summary>
internal static class LineCases
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        new("Appended lines are read back in order, each with its end", OrderAsync),
        new("Lines of parallel appenders over several handles stay whole, and none is lost", ParallelAsync),
        new("A line with a line break is refused", BreakAsync),
        new("A line file is an object: listed, measured and deleted", ObjectAsync),
    ];

    private static async Task OrderAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        foreach (var line in new[] { "one", "", "three ü €" })
            await open().AppendLineAsync("job/lines.jsonl", line, ct);
        var text = Check.Text(await Check.GetAsync(open(), "job/lines.jsonl", ct));
        Check.That(text == "one\n\nthree ü €\n", $"The lines should be as appended, but are '{text}'.");
    }

    private static async Task ParallelAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        const int Appenders = 6, Lines = 25;
        await Check.TogetherAsync(Appenders, async i =>
        {
            var store = open();
            for (var n = 0; n < Lines; n++)
                await store.AppendLineAsync("job/lines.jsonl", $"{i}:{n}:" + new string((char)('a' + i), 200 + 37 * n), ct);
            return 0;
        });
        var lines = Check.Text(await Check.GetAsync(open(), "job/lines.jsonl", ct)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Check.That(lines.Length == Appenders * Lines, $"There should be {Appenders * Lines} lines, but are {lines.Length}.");
        for (var i = 0; i < Appenders; i++)
        {
            var own = lines.Where(l => l.StartsWith($"{i}:", StringComparison.Ordinal));
            var expected = Enumerable.Range(0, Lines).Select(n => $"{i}:{n}:" + new string((char)('a' + i), 200 + 37 * n));
            Check.That(own.SequenceEqual(expected), $"The lines of appender {i} should be whole and in its order.");
        }
    }

    private static async Task BreakAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        foreach (var line in new[] { "a\nb", "a\r", "\n" })
            await Check.ThrowsAsync<ArgumentException>(async () => await open().AppendLineAsync("job/lines", line, ct), "Appending a line break");
        Check.That(await open().GetLengthAsync("job/lines", ct) is null, "A refused line should leave nothing.");
    }

    private static async Task ObjectAsync(Func<ICheckpointStore> open, CancellationToken ct)
    {
        await open().AppendLineAsync("job/lines", "abc", ct);
        Check.That(await open().GetLengthAsync("job/lines", ct) == 4, "A line of three letters should have 4 bytes.");
        Check.That((await Check.NamesAsync(open(), "job/", ct)).SequenceEqual(["job/lines"]), "The line file should be listed.");
        await open().DeleteAsync("job/lines", ct);
        Check.That(await open().GetLengthAsync("job/lines", ct) is null, "The line file should be deleted.");
    }
}
