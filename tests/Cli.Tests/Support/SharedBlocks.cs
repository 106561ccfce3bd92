using Gristmill.Checkpoints;
using Gristmill.Protocol;

namespace Gristmill.Cli.Tests;

/// <summary>Two checkpoints of which the second wrote only what changed.</summary>
internal static class SharedBlocks
{
    /// <returns>The bytes the first wrote, and those the second added.</returns>
    public static async Task<(long First, long Second)> WriteAsync(ICheckpointStore store, string job = "sharing")
    {
        BlockInfo whole = await BlockAsync(store, job, 1, BlockKind.Base, 5, 1_000);
        BlockInfo delta = await BlockAsync(store, job, 2, BlockKind.Delta, 2, 100);
        ManifestReference first = await ManifestFile.WriteAsync(store, job, Describe(job, 1, [whole]));
        ManifestReference second = await ManifestFile.WriteAsync(store, job, Describe(job, 2, [whole, delta]));
        HeadContent head = new HeadContent { Generation = 1 }.Commit(first).Commit(second);
        Assert.True(await store.TryMoveHeadAsync(job, 0, head.Encode()));
        return (whole.Length, delta.Length);
    }

    private static async Task<BlockInfo> BlockAsync(ICheckpointStore store, string job, long checkpoint, BlockKind kind, long entries, int bytes)
    {
        await using CheckpointFile file = await CheckpointFile.CreateAsync(store, CheckpointLayout.NodeFile(job, checkpoint, 1, 0));
        var header = new BlockHeader { Operator = "count", Name = "state", Kind = kind, Subtask = 0, LastKeyGroup = 15, Entries = entries };
        BlockInfo info = await file.AppendAsync(header, new byte[bytes]);
        await file.CompleteAsync();
        return info;
    }

    private static Manifest Describe(string job, long checkpoint, IReadOnlyList<BlockInfo> blocks) => new()
    {
        Job = job,
        Checkpoint = checkpoint,
        Generation = 1,
        CreatedAt = new DateTimeOffset(2026, 3, 31, 12, 0, 0, TimeSpan.Zero),
        Kind = CheckpointKind.Periodic,
        KeyGroups = 16,
        Operators = new Dictionary<string, ManifestOperator> { ["count"] = new() { Kind = "keyed", Parallelism = 1, States = [new ManifestState("n", "int32")] } },
        Blocks = blocks,
    };
}
