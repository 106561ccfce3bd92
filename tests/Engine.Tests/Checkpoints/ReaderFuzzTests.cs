using System.Security.Cryptography;
using System.Text.Json;
using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;
using Gristmill.Codec;
using Gristmill.Protocol;
using Gristmill.Runtime;

namespace Gristmill.Engine.Tests.Checkpoints;

/// <summary>Whatever lies in the store: it is read, or refused by a documented exception, in memory in proportion to it.</summary>
public sealed class ReaderFuzzTests
{
    // A compressed block may be 1,024 times what is stored, and is decrypted first.
    private const long MostOfBlocks = 1024 + 200;
    private const long MostOfJson = 200;

    private static readonly Type[] OfBlocks = [typeof(CorruptCheckpointException), typeof(UnsupportedFormatException), typeof(BlockDecodingException)];
    private static readonly Type[] OfJson = [typeof(CorruptCheckpointException), typeof(UnsupportedFormatException)];

    [Fact]
    public async Task Damaged_files_of_blocks_are_walked_or_refused()
    {
        var corpus = new List<byte[]>();
        foreach (var compression in new[] { "none", "packed", "deflate", "brotli", "user's" })
        {
            foreach (var encrypted in new[] { false, true })
            {
                var store = new MemoryCheckpointStore();
                await Encodings.WriteAsync(store, Encodings.Of(compression, encrypted), Encodings.Text(600));
                corpus.Add(await Samples.BytesAsync(store, Samples.File));
            }
        }
        await Fuzzing.RunAsync(corpus, MostOfBlocks, Walk, OfBlocks);
    }

    [Fact]
    public async Task Damaged_compressed_payloads_are_read_or_refused()
    {
        foreach (var method in new[] { BlockCompression.Packed, BlockCompression.Deflate(), BlockCompression.Brotli() })
        {
            var buffer = new byte[5_000];
            var length = CompressedPayload.TryWrite(method, Encodings.Wide(2_500), buffer)!.Value;
            await Fuzzing.RunAsync(
                [buffer[..length]], MostOfBlocks, bytes => Assert.InRange(CompressedPayload.Read(method, bytes, "file", 0).Length, 0, (1 << 20) + (1024 * bytes.Length)), OfBlocks);
        }
    }

    [Fact]
    public Task Damaged_block_headers_are_read_or_refused() => Fuzzing.RunAsync(
        [BlockHeaderCodec.Encode(Samples.Header())], 50, bytes => BlockHeaderCodec.Decode(bytes, "file", 0), OfJson);

    [Fact]
    public async Task Damaged_manifests_are_read_or_refused()
    {
        var store = new MemoryCheckpointStore();
        var reference = await ManifestFile.WriteAsync(store, "job", Samples.Manifest(await Samples.WriteAsync(store, 10, 20)));
        await Fuzzing.RunAsync([await Samples.BytesAsync(store, reference.Manifest)], MostOfJson, bytes => ReadManifest(bytes), OfJson);
    }

    [Fact]
    public Task Damaged_heads_are_read_or_refused_even_with_a_right_checksum()
    {
        var head = new HeadContent { Generation = 3 }.Commit(new ManifestReference(9, 3, "job/a", "00")).Commit(new ManifestReference(10, 3, "job/b", "11"));
        return Fuzzing.RunAsync(
            [JsonSerializer.SerializeToUtf8Bytes(head, CheckpointJson.Indented.HeadContent)], MostOfJson,
            bytes =>
            {
                HeadContent.Decode(ChecksumLine.Append(bytes), "head");
            }, OfJson);
    }

    [Fact]
    public Task Heads_without_a_right_checksum_are_refused() => Fuzzing.RunAsync(
        [new HeadContent { Generation = 3 }.Encode()], MostOfJson, bytes => HeadContent.Decode(bytes, "head"), OfJson);

    [Fact]
    public async Task A_damaged_history_is_read_as_far_as_it_can_be()
    {
        var store = new MemoryCheckpointStore();
        await CheckpointHistory.AppendAsync(store, new CheckpointAttempt
        {
            Job = "job",
            Checkpoint = 1,
            Generation = 1,
            Kind = CheckpointKind.Manual,
            Outcome = CheckpointOutcome.Completed,
            StartedAt = DateTimeOffset.UnixEpoch,
            PerSubtask = [new SubtaskAttempt { Operator = "o", Subtask = 1 }],
        });
        var line = await Samples.BytesAsync(store, CheckpointLayout.History("job"));
        await Fuzzing.RunAsync([[.. line, .. line]], MostOfJson, bytes =>
        {
            var damaged = With(CheckpointLayout.History("job"), bytes);
            Now(CheckpointHistory.ReadAsync(damaged, "job"));
        }, []);
    }

    [Fact]
    public async Task Damaged_tables_of_state_are_read_or_refused()
    {
        foreach (var table in new[] { StateTables.State, StateTables.Panes })
        {
            var (header, payload) = Table(table);
            await Fuzzing.RunAsync([payload], 2_000, bytes => ReadTable(header, bytes), OfBlocks);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tables_of_damaged_schemas_are_read_or_refused(bool keys)
    {
        foreach (var table in new[] { StateTables.State, StateTables.Panes })
        {
            var (header, payload) = Table(table);
            await Fuzzing.RunAsync(
                [keys ? header.KeySchema : header.ValueSchema], 10_000,
                bytes => ReadTable(keys ? header with { KeySchema = bytes } : header with { ValueSchema = bytes }, payload), OfBlocks);
        }
    }

    [Fact]
    public Task Damaged_watermarks_are_read_or_refused()
    {
        var writer = new ByteWriter();
        foreach (var name in new[] { "delays", "late" })
        {
            writer.WriteString(name);
            writer.WriteVarInt(long.MinValue);
            writer.WriteVarInt(5);
        }
        return Fuzzing.RunAsync([writer.ToArray()], 200, bytes => _ = WatermarkBlock.Read(Samples.Header(), bytes).ToList(), [typeof(CorruptDataException)]);
    }

    [Fact]
    public void A_manifest_can_not_make_a_reader_take_memory_the_file_does_not_have()
    {
        var store = With(Samples.File, new byte[1000]);
        var info = BlockCodec.Describe(Samples.Header(), Samples.File, 0, Array.MaxLength, "00");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<CorruptCheckpointException>(() => Now(BlockReader.ReadAsync(store, info)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData(int.MinValue, 5)]
    [InlineData(0, int.MaxValue)]
    public async Task Impossible_key_groups_in_a_manifest_are_refused_and_not_walked(int first, int last)
    {
        var store = new MemoryCheckpointStore();
        var block = BlockCodec.Describe(Samples.Header() with { FirstKeyGroup = first, LastKeyGroup = last }, Samples.File, 0, 100, "00");
        var reference = await ManifestFile.WriteAsync(store, "job", Samples.Manifest([block]));
        var reader = await CheckpointReader.OpenAsync(store, reference);
        await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await reader.FindAsync(block.Operator, block.Name, null, _ => true));
    }

    private static (BlockHeader Header, byte[] Payload) Table(string table)
    {
        bool isScoped = table != StateTables.State;
        var states = Schema.Record("states", [new("total", Codecs.For<long>().Schema), new("seen", Codecs.For<List<string>>().Schema)]);
        var writer = new ByteWriter();
        for (uint group = 3; group < 6; group++)
        {
            writer.WriteUInt32(group);
            writer.WriteByte(0);
            writer.WriteUInt64(4);
            for (int i = 0; i < 4; i++)
            {
                Codecs.For<(int, string)>().Write(writer, (i, $"key {i}"));
                if (isScoped)
                    writer.WriteUInt64((ulong)i);
                writer.WriteVarUInt((ulong)i);
                if ((i & 1) != 0)
                    writer.WriteUInt64(7);
                if ((i & 2) != 0)
                    Codecs.For<List<string>>().Write(writer, ["a", "b"]);
            }
        }
        Schema key = Codecs.For<(int, string)>().Schema;
        if (isScoped)
            key = Schema.Record("scoped", [new("Key", key), new("Scope", Schema.Primitive(SchemaKind.Int64))]);
        var header = Samples.Header(table) with { FirstKeyGroup = 3, LastKeyGroup = 5, KeySchema = key.Encode(), ValueSchema = states.Encode() };
        return (header, writer.ToArray());
    }

    /// <summary>Reads a table through a checkpoint whose hashes are right, as of a writer gone mad.</summary>
    private static void ReadTable(BlockHeader header, byte[] payload)
    {
        byte[] bytes = [.. BlockCodec.EncodeFront(header, payload.Length), .. payload];
        var store = With(Samples.File, bytes);
        var info = BlockCodec.Describe(header, Samples.File, 0, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        var reader = Now(new ValueTask<CheckpointReader>(CheckpointReader.OpenAsync(store, Now(ManifestFile.WriteAsync(store, "job", Samples.Manifest([info]))))));
        foreach (StateEntry entry in Now(new ValueTask<IReadOnlyList<StateEntry>>(reader.FindAsync(header.Operator, header.Name, null, _ => true))))
        {
            foreach (var state in entry.States)
                Assert.True(Record.Exception(() => state.Value.Read()) is null or CorruptDataException);
        }
    }

    private static Manifest ReadManifest(byte[] bytes) => Now(ManifestFile.ReadAsync(With("job/manifest", bytes), "job/manifest"));

    private static void Walk(byte[] bytes)
    {
        var store = With(Samples.File, bytes);
        Now(WalkAsync());

        async ValueTask<int> WalkAsync()
        {
            var blocks = 0;
            await foreach (var _ in BlockReader.ReadAllAsync(store, Samples.File, Encodings.Decoding))
                blocks++;
            return blocks;
        }
    }

    private static MemoryCheckpointStore With(string name, byte[] bytes)
    {
        var store = new MemoryCheckpointStore();
        Now(WriteAsync());
        return store;

        async ValueTask<int> WriteAsync()
        {
            await Samples.ReplaceAsync(store, name, bytes);
            return 0;
        }
    }

    /// <summary>Over memory everything is done when the call returns, on this thread, whose allocations are counted.</summary>
    private static T Now<T>(ValueTask<T> done)
    {
        Assert.True(done.IsCompleted);
        return done.GetAwaiter().GetResult();
    }
}
