using Gristmill.Checkpoints;

using Gristmill.Protocol;

namespace Gristmill.Engine.Tests.Checkpoints;

/// <summary>Checkpoints to test with.</summary>
internal static class Samples
{
    public const string File = "job/checkpoint-000010/g3-node0.state";

    public static BlockHeader Header(string name = "average", int subtask = 1) => new()
    {
        Operator = "delays ü",
        Name = name,
        Kind = BlockKind.Base,
        Subtask = subtask,
        FirstKeyGroup = 64,
        LastKeyGroup = 127,
        Entries = 12_345_678_901,
        KeySchema = [1, 2, 3],
        ValueSchema = [4, 5],
    };

    public static byte[] Payload(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    public static async Task<List<BlockInfo>> WriteAsync(ICheckpointStore store, params int[] lengths)
    {
        var blocks = new List<BlockInfo>();
        await using var file = await CheckpointFile.CreateAsync(store, File);
        for (var i = 0; i < lengths.Length; i++)
            blocks.Add(await file.AppendAsync(Header(subtask: i), Payload(lengths[i])));
        await file.CompleteAsync();
        return blocks;
    }

    public static Manifest Manifest(IReadOnlyList<BlockInfo> blocks) => new()
    {
        Job = "job",
        Checkpoint = 10,
        Generation = 3,
        CreatedAt = new DateTimeOffset(2025, 1, 1, 12, 0, 0, TimeSpan.Zero),
        Kind = CheckpointKind.Manual,
        KeyGroups = 256,
        Operators = new Dictionary<string, ManifestOperator>
        {
            ["delays ü"] = new() { Parallelism = 4, Kind = "keyed", States = [new("average", "{sum: double}")] },
        },
        Blocks = blocks,
        JobComplete = true,
        Previous = "job/checkpoint-000009/manifest-g3.json",
        EngineVersion = "0.1.0",
    };

    /// <summary>Replaces an object by other bytes, as a faulty disk does.</summary>
    public static async Task ReplaceAsync(ICheckpointStore store, string name, ReadOnlyMemory<byte> bytes)
    {
        await store.DeleteAsync(name);
        await using var writer = await store.CreateAsync(name);
        await writer.WriteAsync(bytes);
        await writer.CompleteAsync();
    }

    public static async Task<byte[]> BytesAsync(ICheckpointStore store, string name)
    {
        var bytes = new byte[(await store.GetLengthAsync(name))!.Value];
        Assert.Equal(bytes.Length, await store.ReadAsync(name, 0, bytes));
        return bytes;
    }
}
