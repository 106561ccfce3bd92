using Gristmill.Files.Tests;

namespace Gristmill.AzureStorage.Tests;

/// <summary>Drives a sink as the engine does.</summary>
public static class Staging
{
    /// <summary>Stages one epoch of one subtask of one generation.</summary>
    public static async Task<Staged<StagedBlob>> StageAsync<T>(TransactionalSink<T, StagedBlob> sink, long epoch, T[] records, long generation = 1, int subtask = 0)
    {
        using var context = new TestSinkContext(generation, subtask);
        await using SinkWriter<T, StagedBlob> writer = sink.OpenWriter(context);
        foreach (T[] some in records.Chunk(100))
        {
            while (!writer.CanWrite)
                context.WaitToBeWoken();
            writer.Write(some);
        }
        StagedOutput<StagedBlob>? staged = await writer.StageAsync(epoch, CancellationToken.None);
        Assert.NotNull(staged);
        Assert.Equal(records.Length, staged.Value.Records);
        return new Staged<StagedBlob>(epoch, subtask, staged.Value.Value);
    }

    public static async Task CommitAsync<T>(TransactionalSink<T, StagedBlob> sink, long generation, params Staged<StagedBlob>[] staged)
    {
        using var context = new TestSinkContext(generation);
        await sink.CommitAsync(staged, context, CancellationToken.None);
    }
}
