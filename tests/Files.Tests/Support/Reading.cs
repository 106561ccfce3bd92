namespace Gristmill.Files.Tests;

/// <summary>Runs readers as a subtask does.</summary>
public static class Reading
{
    /// <summary>All records of a source, split after split.</summary>
    public static async Task<List<T>> AllAsync<T>(Source<T, FilePosition> source, TestSourceContext? context = null)
    {
        Assert.Empty(source.Validate());
        using var own = new TestSourceContext { FailOnBad = true };
        context ??= own;
        var records = new List<T>();
        foreach (SourceSplit<FilePosition> split in await source.DiscoverAsync(context, CancellationToken.None))
            records.AddRange(Split(source, split.Id, split.Start, context));
        return records;
    }

    /// <summary>The records of one split from a position on.</summary>
    public static List<T> Split<T>(Source<T, FilePosition> source, string id, FilePosition position, TestSourceContext context, int capacity = 7) =>
        [.. Steps(source, id, position, context, capacity).SelectMany(s => s.Records)];

    /// <summary>The batches of one split from a position on, each with the position behind it.</summary>
    public static List<(T[] Records, FilePosition After)> Steps<T>(
        Source<T, FilePosition> source, string id, FilePosition position, TestSourceContext context, int capacity)
    {
        var steps = new List<(T[], FilePosition)>();
        using SplitReader<T, FilePosition> reader = source.OpenReader(id, position, context);
        while (true)
        {
            var batch = new Batch<T>(capacity);
            ReadStatus status = reader.Read(batch);
            steps.Add((batch.Records.ToArray(), reader.Position));
            if (status == ReadStatus.Ended)
                return steps;
            if (status == ReadStatus.Pending)
                context.WaitToBeWoken();
        }
    }

    public static async Task<SourceSplit<FilePosition>> OnlySplitAsync<T>(Source<T, FilePosition> source)
    {
        using var context = new TestSourceContext();
        return Assert.Single(await source.DiscoverAsync(context, CancellationToken.None));
    }
}
