using System.Security.Cryptography;
using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Checkpoints;

public sealed class EncryptionTests
{
    private static readonly byte[] Secret = [.. "the secret of the mill "u8, .. new byte[100]];
    private readonly MemoryCheckpointStore _store = new();

    [Fact]
    public async Task What_a_block_holds_is_not_in_the_file_and_its_header_is()
    {
        await Encodings.WriteAsync(_store, Encodings.Of("none", true), Secret);
        var bytes = await Samples.BytesAsync(_store, Samples.File);
        Assert.Equal(-1, bytes.AsSpan().IndexOf("secret"u8));
        Assert.NotEqual(-1, bytes.AsSpan().IndexOf("delays"u8));
    }

    [Fact]
    public async Task The_same_content_is_never_the_same_bytes_at_another_offset_in_another_file_or_under_another_salt()
    {
        var tails = new HashSet<string>();
        foreach (var (file, salt) in new[] { ("job/a", (byte)7), ("job/b", (byte)7), ("job/c", (byte)9) })
        {
            await using var writer = await CheckpointFile.CreateAsync(_store, file, new BlockEncoding(Encryption: Encodings.Encryption(salt: salt)));
            var infos = new[] { await writer.AppendAsync(Samples.Header(), Secret), await writer.AppendAsync(Samples.Header(), Secret) };
            await writer.CompleteAsync();
            var bytes = await Samples.BytesAsync(_store, file);
            Assert.All(infos, info => Assert.True(tails.Add(Convert.ToHexString(bytes.AsSpan((int)(info.Offset + info.Length) - Secret.Length, Secret.Length)))));
        }
        // The file's name alone is no protection against a folder that was emptied and is written to again: the salt is.
        var again = new MemoryCheckpointStore();
        var other = await Encodings.WriteAsync(again, new BlockEncoding(Encryption: Encodings.Encryption(salt: 8)), Secret, "job/a");
        Assert.True(tails.Add(Convert.ToHexString((await Samples.BytesAsync(again, "job/a")).AsSpan((int)other.Length - Secret.Length))));
    }

    [Fact]
    public async Task A_block_copied_to_another_place_stays_readable()
    {
        var info = await Encodings.WriteAsync(_store, Encodings.Of("brotli", true), Encodings.Text(1_000));
        var bytes = await Samples.BytesAsync(_store, info.File);
        await Samples.ReplaceAsync(_store, "job/savepoints/s/0", (byte[])[1, 2, 3, .. bytes]);
        var block = await BlockReader.ReadAsync(_store, info with { File = "job/savepoints/s/0", Offset = 3 }, Encodings.Decoding);
        Assert.Equal(Encodings.Text(1_000), block.Payload.ToArray());
    }

    [Fact]
    public async Task No_changed_bit_of_a_block_is_believed_even_without_its_hash()
    {
        await Encodings.WriteAsync(_store, Encodings.Of("none", true), [1, 2, 3, 4]);
        var bytes = await Samples.BytesAsync(_store, Samples.File);
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            await Samples.ReplaceAsync(_store, Samples.File, damaged);
            var error = await Record.ExceptionAsync(WalkAsync);
            // Without its bit the block is no longer an encrypted one, and only the manifest's hash tells.
            if (bit != 8 * 5 + 7)
                Assert.True(error is CorruptCheckpointException or UnsupportedFormatException or BlockDecodingException, $"bit {bit}: {error}");
        }
    }

    [Fact]
    public async Task A_header_changed_with_its_hash_is_found_out()
    {
        var info = await Encodings.WriteAsync(_store, Encodings.Of("none", true), Secret);
        var bytes = await Samples.BytesAsync(_store, info.File);
        bytes[13]++;
        await Samples.ReplaceAsync(_store, info.File, bytes);
        var forged = info with { Subtask = info.Subtask + 1, Hash = Convert.ToHexStringLower(SHA256.HashData(bytes)) };
        var error = await Assert.ThrowsAsync<BlockDecodingException>(async () => await BlockReader.ReadAsync(_store, forged, Encodings.Decoding));
        Assert.Contains("or the block was changed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_or_wrong_key_is_named_with_the_remedy()
    {
        var info = await Encodings.WriteAsync(_store, Encodings.Of("deflate", true), Secret);
        foreach (var (decoding, reason) in new[]
        {
            (BlockDecoding.Default, "no keys are given"),
            (new BlockDecoding(keys: new CheckpointKeys("k2", Encodings.Key(2))), "which the keys given don't have"),
            (new BlockDecoding(keys: new CheckpointKeys("k1", Encodings.Key(2))), "the key is another than it was written with"),
        })
        {
            var error = await Assert.ThrowsAsync<BlockDecodingException>(async () => await BlockReader.ReadAsync(_store, info, decoding));
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            Assert.Contains("'k1'", error.Message, StringComparison.Ordinal);
            Assert.Contains("Checkpoints.Encryption", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_was_written_under_a_former_key_stays_readable()
    {
        var old = await Encodings.WriteAsync(_store, Encodings.Of("none", true), Secret, "job/old");
        var rotated = new CheckpointKeys("k2", Encodings.Key(2)).Add("k1", Encodings.Key(1));
        var recent = await Encodings.WriteAsync(_store, new BlockEncoding(Encryption: new CheckpointEncryption(rotated)), Secret, "job/new");
        var decoding = new BlockDecoding(keys: rotated);
        Assert.Equal(Secret, (await BlockReader.ReadAsync(_store, old, decoding)).Payload.ToArray());
        Assert.Equal(Secret, (await BlockReader.ReadAsync(_store, recent, decoding)).Payload.ToArray());
        await Assert.ThrowsAsync<BlockDecodingException>(async () => await BlockReader.ReadAsync(_store, recent, Encodings.Decoding));
    }

    [Fact]
    public async Task A_checkpoint_is_verified_without_the_key()
    {
        var info = await Encodings.WriteAsync(_store, Encodings.Of("brotli", true), Encodings.Text(1_000));
        Assert.Empty(await CheckpointVerifier.VerifyAsync(_store, Samples.Manifest([info])));
        var bytes = await Samples.BytesAsync(_store, info.File);
        bytes[^1]++;
        await Samples.ReplaceAsync(_store, info.File, bytes);
        Assert.Single(await CheckpointVerifier.VerifyAsync(_store, Samples.Manifest([info])));
    }

    [Fact]
    public void A_key_that_is_too_short_and_an_id_that_is_empty_are_refused()
    {
        Assert.Contains("at least 32", Assert.Throws<ArgumentException>(() => new CheckpointKeys("k", new byte[31])).Message, StringComparison.Ordinal);
        Assert.Contains("1 to 128", Assert.Throws<ArgumentException>(() => new CheckpointKeys("", new byte[32])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new CheckpointKeys("k", new byte[32]).Add("k", new byte[32]));
    }

    private async Task WalkAsync()
    {
        await foreach (var _ in BlockReader.ReadAllAsync(_store, Samples.File, Encodings.Decoding))
        {
        }
    }
}
