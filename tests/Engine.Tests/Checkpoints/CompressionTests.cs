using System.Buffers.Binary;
using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Checkpoints;

public sealed class CompressionTests
{
    private const int EncodingAt = 5;
    private readonly MemoryCheckpointStore _store = new();

    [Theory]
    [InlineData("none", true)]
    [InlineData("packed", false)]
    [InlineData("packed", true)]
    [InlineData("deflate", false)]
    [InlineData("deflate", true)]
    [InlineData("brotli", false)]
    [InlineData("brotli", true)]
    [InlineData("user's", false)]
    [InlineData("user's", true)]
    public async Task Blocks_are_read_as_written_over_memory_and_files(string compression, bool encrypted)
    {
        using var folder = new TempFolder();
        foreach (var store in new ICheckpointStore[] { _store, new FileCheckpointStore(folder.Path) })
        {
            var payloads = new[] { 0, 1, 9, 10, 100, 5_000, 300_000 }.Select(Encodings.Text).Append(Samples.Payload(20_000)).Append(new byte[1 << 20]).ToList();
            var blocks = new List<BlockInfo>();
            await using var file = await CheckpointFile.CreateAsync(store, Samples.File, Encodings.Of(compression, encrypted));
            foreach (var payload in payloads)
                blocks.Add(await file.AppendAsync(Samples.Header(), payload));
            await file.CompleteAsync();
            for (var i = 0; i < blocks.Count; i++)
            {
                var block = await BlockReader.ReadAsync(store, blocks[i], Encodings.Decoding);
                Assert.Equal(payloads[i], block.Payload.ToArray());
                Assert.Equivalent(Samples.Header(), block.Header);
            }
            var walked = new List<BlockInfo>();
            await foreach (var (info, _) in BlockReader.ReadAllAsync(store, Samples.File, Encodings.Decoding))
                walked.Add(info);
            Assert.Equal(blocks, walked);
        }
    }

    [Theory]
    [InlineData("deflate", 1)]
    [InlineData("brotli", 2)]
    [InlineData("user's", 64)]
    public async Task What_shrinks_is_stored_compressed_and_what_does_not_as_it_is(string compression, byte number)
    {
        var shrunk = await Encodings.WriteAsync(_store, Encodings.Of(compression, false), [.. Encodings.Text(2_000), .. new byte[8_000]]);
        Assert.True(shrunk.Length < 9_000);
        Assert.Equal(number, (await Samples.BytesAsync(_store, Samples.File))[EncodingAt]);

        var random = await Encodings.WriteAsync(_store, Encodings.Of(compression, false), Samples.Payload(10_000), "job/random");
        Assert.Equal((await Encodings.WriteAsync(_store, BlockEncoding.Plain, Samples.Payload(10_000), "job/plain")).Hash, random.Hash);
    }

    [Theory]
    [InlineData("0800000003000200", "51080302")]
    [InlineData("19000000aa010000", "3119aa01")]
    [InlineData("0000000000000000", "00")]
    [InlineData("00000007", "0807")]
    public void Packing_keeps_of_each_word_the_bytes_that_are_not_zero(string word, string packed)
    {
        // The first two are the example of Cap'n Proto's documentation.
        var target = new byte[40];
        var written = BlockCompression.Packed.Compress(Convert.FromHexString(word), target);
        Assert.Equal(packed.ToUpperInvariant(), Convert.ToHexString(target, 0, written!.Value));
        var back = new byte[word.Length / 2];
        Assert.True(BlockCompression.Packed.TryDecompress(target.AsMemory(0, written.Value), back));
        Assert.Equal(word.ToUpperInvariant(), Convert.ToHexString(back));
    }

    [Fact]
    public void What_was_packed_is_unpacked_whatever_its_length_and_zeros_and_never_from_less_or_more()
    {
        var random = new Random(4);
        for (var round = 0; round < 3_000; round++)
        {
            var bytes = new byte[random.Next(round % 10 == 0 ? 60_000 : 100)];
            random.NextBytes(bytes);
            var share = random.Next(101);
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = random.Next(100) < share ? (byte)0 : bytes[i];

            var packed = new byte[random.Next(4) == 0 ? random.Next(bytes.Length + 1) : bytes.Length];
            if (BlockCompression.Packed.Compress(bytes, packed) is not { } written)
                continue;
            var back = new byte[bytes.Length];
            Assert.True(BlockCompression.Packed.TryDecompress(packed.AsMemory(0, written), back));
            Assert.Equal(bytes, back);
            Assert.False(written > 0 && BlockCompression.Packed.TryDecompress(packed.AsMemory(0, written - 1), back));
            Assert.False(BlockCompression.Packed.TryDecompress(new byte[written + 1].Select((b, i) => i < written ? packed[i] : (byte)1).ToArray(), back));
        }
    }

    [Fact]
    public async Task What_shrinks_beyond_belief_is_stored_as_it_is()
    {
        var zeros = await Encodings.WriteAsync(_store, Encodings.Of("brotli", false), new byte[4 << 20]);
        Assert.True(zeros.Length > 4 << 20);
        Assert.Equal(new byte[4 << 20], (await BlockReader.ReadAsync(_store, zeros)).Payload.ToArray());
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(4 << 20)]
    [InlineData(9_999)]
    [InlineData(10_001)]
    public async Task A_length_that_is_not_that_of_the_content_is_damage_and_takes_no_memory(long length)
    {
        foreach (var compression in new[] { "deflate", "brotli" })
        {
            var info = await Encodings.WriteAsync(_store, Encodings.Of(compression, false), Encodings.Text(10_000), $"job/{compression}");
            var bytes = await Samples.BytesAsync(_store, info.File);
            var payloadAt = 20 + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8));
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(payloadAt), length);
            await Samples.ReplaceAsync(_store, info.File, bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            await Assert.ThrowsAsync<CorruptCheckpointException>(async () =>
            {
                await foreach (var _ in BlockReader.ReadAllAsync(_store, info.File))
                {
                }
            });
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    [Fact]
    public async Task A_method_that_is_not_known_is_named_with_the_remedy()
    {
        var info = await Encodings.WriteAsync(_store, Encodings.Of("user's", false), new byte[1_000]);
        var error = await Assert.ThrowsAsync<BlockDecodingException>(async () => await BlockReader.ReadAsync(_store, info));
        Assert.Contains("method 64", error.Message, StringComparison.Ordinal);
        Assert.Contains("Checkpoints.KnownCompressions", error.Message, StringComparison.Ordinal);
        Assert.Empty(await CheckpointVerifier.VerifyAsync(_store, Samples.Manifest([info])));
    }

    [Fact]
    public void Methods_that_can_not_be_told_apart_are_refused()
    {
        Assert.Contains("number 64", Assert.Throws<ArgumentException>(() => new BlockDecoding([new Encodings.RunLengths(), new Numbered(64)])).Message, StringComparison.Ordinal);
        Assert.Contains("number 2", Assert.Throws<ArgumentException>(() => new BlockDecoding([new Numbered(2)])).Message, StringComparison.Ordinal);
        var options = Run.Options(configure: o =>
        {
            o.Checkpoints.Compression = new Numbered(200);
            o.Checkpoints.Encryption = new CheckpointEncryption(new NoKeys());
        });
        Assert.Contains(options.Validate(), fault => fault.Contains("number 200", StringComparison.Ordinal));
        Assert.Contains(options.Validate(), fault => fault.Contains("'none'", StringComparison.Ordinal));
    }

    private sealed class Numbered(byte id) : IBlockCompression
    {
        public byte Id => id;

        public string Name => "numbered";

        public int? Compress(ReadOnlyMemory<byte> source, Memory<byte> destination) => null;

        public bool TryDecompress(ReadOnlyMemory<byte> source, Memory<byte> destination) => false;
    }

    private sealed class NoKeys : ICheckpointKeys
    {
        public string CurrentId => "none";

        public byte[]? Find(string id) => null;
    }
}
