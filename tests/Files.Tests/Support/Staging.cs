using Microsoft.Extensions.Logging;

namespace Gristmill.Files.Tests;

/// <summary>Drives a sink as the engine does.</summary>
public static class Staging
{
    /// <summary>Stages one epoch of one subtask of one generation.</summary>
    public static async Task<Staged<StagedFile>> StageAsync<T>(TransactionalSink<T, StagedFile> sink, long epoch, T[] records, long generation = 1, int subtask = 0)
    {
        using var context = new TestSinkContext(generation, subtask);
        await using SinkWriter<T, StagedFile> writer = sink.OpenWriter(context);
        writer.Write(records);
        StagedOutput<StagedFile>? staged = await writer.StageAsync(epoch, CancellationToken.None);
        Assert.NotNull(staged);
        Assert.Equal(records.Length, staged.Value.Records);
        return new Staged<StagedFile>(epoch, subtask, staged.Value.Value);
    }

    public static async Task CommitAsync<T>(TransactionalSink<T, StagedFile> sink, long generation, params Staged<StagedFile>[] staged)
    {
        using var context = new TestSinkContext(generation);
        await sink.CommitAsync(staged, context, CancellationToken.None);
    }

    public static async Task CleanUpAsync<T>(TransactionalSink<T, StagedFile> sink, long generation, ILogger? logger = null)
    {
        using var context = new TestSinkContext(generation, logger: logger);
        await sink.CleanUpAsync(context, CancellationToken.None);
    }
}
