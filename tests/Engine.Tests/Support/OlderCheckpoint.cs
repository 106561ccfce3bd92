using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests;

/// <summary>A job's store as if one of its retained checkpoints had been the last.</summary>
internal static class OlderCheckpoint
{
    /// <summary>Copies a job's objects, and makes a head there whose newest is that one. The store it came from is not touched.</summary>
    public static async Task<MemoryCheckpointStore> CopyAsync(ICheckpointStore store, string job, ManifestReference newest)
    {
        var copy = new MemoryCheckpointStore();
        await foreach (StoredObject item in store.ListAsync(CheckpointLayout.JobPrefix(job)))
        {
            byte[] content = new byte[item.Length];
            Assert.Equal(content.Length, await store.ReadAsync(item.Name, 0, content));
            await using ObjectWriter writer = await copy.CreateAsync(item.Name);
            await writer.WriteAsync(content);
            await writer.CompleteAsync();
        }

        HeadContent head = await HeadAsync(store, job);
        head = head with { Newest = newest, Retained = [.. head.Committed().Where(one => one.Checkpoint < newest.Checkpoint)] };
        Assert.True(await copy.TryMoveHeadAsync(job, 0, head.Encode()));
        return copy;
    }

    public static async Task<HeadContent> HeadAsync(ICheckpointStore store, string job = "job")
        => HeadContent.Decode((await store.ReadHeadAsync(job))!.Content, $"head of job '{job}'");
}
