using System.Buffers;
using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Checkpoints;

public sealed class BlockTests
{
    private readonly MemoryCheckpointStore _store = new();

    [Fact]
    public async Task Blocks_are_read_as_written()
    {
        int[] lengths = [0, 1, 1000, 300_000];
        var blocks = await Samples.WriteAsync(_store, lengths);
        for (var i = 0; i < lengths.Length; i++)
        {
            var block = await BlockReader.ReadAsync(_store, blocks[i]);
            Assert.Equal(Samples.Payload(lengths[i]), block.Payload.ToArray());
            Assert.Equivalent(Samples.Header(subtask: i), block.Header);
        }
        Assert.Equal(blocks[^1].Offset + blocks[^1].Length, await _store.GetLengthAsync(Samples.File));
    }

    [Fact]
    public async Task Blocks_over_files_are_hashed_off_the_caller_and_are_the_same_as_in_memory()
    {
        using var folder = new TempFolder();
        var files = new FileCheckpointStore(folder.Path);
        int[] lengths = [10, 300_000];
        var onDisk = await Samples.WriteAsync(files, lengths);
        Assert.Equal(await Samples.WriteAsync(_store, lengths), onDisk);
        Assert.Equal(await Samples.BytesAsync(_store, Samples.File), await Samples.BytesAsync(files, Samples.File));
        Assert.Equal(Samples.Payload(300_000), (await BlockReader.ReadAsync(files, onDisk[1])).Payload.ToArray());
    }

    [Fact]
    public async Task A_payload_in_segments_is_the_same_block_as_in_one_piece()
    {
        var payload = Samples.Payload(1000);
        var last = new Segment(payload.AsMemory(900), null, 900);
        var middle = new Segment(payload.AsMemory(100, 800), last, 100);
        var first = new Segment(payload.AsMemory(0, 100), middle, 0);
        await using var file = await CheckpointFile.CreateAsync(_store, "job/segments");
        var segments = await file.AppendAsync(Samples.Header(), new ReadOnlySequence<byte>(first, 0, last, 100));
        var whole = await file.AppendAsync(Samples.Header(), payload);
        Assert.Equal(whole.Hash, segments.Hash);
        Assert.Equal(whole.Length, segments.Length);
        await file.CompleteAsync();
        Assert.Equal(payload, (await BlockReader.ReadAsync(_store, segments)).Payload.ToArray());
    }

    [Fact]
    public async Task Every_flipped_bit_of_a_block_is_detected()
    {
        var block = (await Samples.WriteAsync(_store, 100))[0];
        var bytes = await Samples.BytesAsync(_store, Samples.File);
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            await Samples.ReplaceAsync(_store, Samples.File, damaged);
            var error = await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await BlockReader.ReadAsync(_store, block));
            Assert.Equal(Samples.File, error.File);
        }
    }

    [Fact]
    public async Task A_file_walked_without_its_manifest_never_fails_but_with_a_clear_exception()
    {
        await Samples.WriteAsync(_store, 100, 3);
        var bytes = await Samples.BytesAsync(_store, Samples.File);
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            await Samples.ReplaceAsync(_store, Samples.File, damaged);
            var error = await Record.ExceptionAsync(WalkAsync);
            Assert.True(error is null or CorruptCheckpointException or UnsupportedFormatException or BlockDecodingException, $"bit {bit}: {error}");
        }
    }

    [Fact]
    public async Task A_file_can_be_walked_without_its_manifest()
    {
        var blocks = await Samples.WriteAsync(_store, 0, 10, 100_000);
        Assert.Equal(blocks, await WalkAsync());
    }

    [Fact]
    public async Task Every_truncation_of_a_file_is_detected()
    {
        var block = (await Samples.WriteAsync(_store, 20))[0];
        var bytes = await Samples.BytesAsync(_store, Samples.File);
        for (var length = 0; length < bytes.Length; length++)
        {
            await Samples.ReplaceAsync(_store, Samples.File, bytes.AsMemory(0, length));
            await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await BlockReader.ReadAsync(_store, block));
            if (length > 0)
                await Assert.ThrowsAsync<CorruptCheckpointException>(WalkAsync);
        }
    }

    [Fact]
    public async Task A_whole_block_in_the_place_of_another_is_detected()
    {
        var blocks = await Samples.WriteAsync(_store, 100, 100);
        var confused = blocks[0] with { Subtask = 1 };
        var error = await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await BlockReader.ReadAsync(_store, confused));
        Assert.Contains("#1/average", error.Expected, StringComparison.Ordinal);
        Assert.Contains("#0/average", error.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 2, "block format 2")]
    [InlineData(12, 200, "block kind format 200")]
    public async Task A_newer_block_is_refused_as_newer_and_not_as_damaged(int at, byte value, string expected)
    {
        await Samples.WriteAsync(_store, 10);
        var bytes = await Samples.BytesAsync(_store, Samples.File);
        bytes[at] = value;
        await Samples.ReplaceAsync(_store, Samples.File, bytes);
        var error = await Assert.ThrowsAsync<UnsupportedFormatException>(WalkAsync);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_whose_write_failed_cannot_be_completed()
    {
        var file = await CheckpointFile.CreateAsync(_store, Samples.File);
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await file.AppendAsync(Samples.Header(), new byte[10], new CancellationToken(true)));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await file.AppendAsync(Samples.Header(), new byte[10]));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await file.CompleteAsync());
        await file.DisposeAsync();
        Assert.Null(await _store.GetLengthAsync(Samples.File));
    }

    private async Task<List<BlockInfo>> WalkAsync()
    {
        var found = new List<BlockInfo>();
        await foreach (var (info, _) in BlockReader.ReadAllAsync(_store, Samples.File))
            found.Add(info);
        return found;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? next, long index)
        {
            Memory = memory;
            Next = next;
            RunningIndex = index;
        }
    }
}
