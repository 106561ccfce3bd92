using System.Text;
using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Checkpoints;

/// <summary>Keys, salts and ways to store blocks to test with.</summary>
internal static class Encodings
{
    public static byte[] Key(byte first) => [.. Enumerable.Range(first, 32).Select(i => (byte)i)];

    public static CheckpointEncryption Encryption(string id = "k1", byte first = 1, byte salt = 7) =>
        new(new CheckpointKeys(id, Key(first))) { Salts = new CountingSalts(salt) };

    /// <summary>None, packed, Deflate, Brotli and a user's, each plain and encrypted.</summary>
    public static BlockEncoding Of(string compression, bool encrypted) => new(
        compression switch
        {
            "packed" => BlockCompression.Packed,
            "deflate" => BlockCompression.Deflate(),
            "brotli" => BlockCompression.Brotli(),
            "user's" => new RunLengths(),
            _ => null,
        },
        encrypted ? Encryption() : null);

    public static BlockDecoding Decoding { get; } = new([new RunLengths()], new CheckpointKeys("k1", Key(1)));

    /// <summary>Bytes that can be compressed.</summary>
    public static byte[] Text(int length)
    {
        var text = new StringBuilder();
        for (var i = 0; text.Length < length; i++)
            text.Append("flight ").Append(i % 100).Append(" is late by ").Append(i % 7).Append("          minutes; ");
        return Encoding.UTF8.GetBytes(text.ToString(0, length));
    }

    /// <summary>The same with two bytes a character, so that packing finds zeros too.</summary>
    public static byte[] Wide(int length) => Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(Text(length)));

    public static async Task<BlockInfo> WriteAsync(ICheckpointStore store, BlockEncoding encoding, byte[] payload, string file = Samples.File)
    {
        await using var writer = await CheckpointFile.CreateAsync(store, file, encoding);
        var info = await writer.AppendAsync(Samples.Header(), payload);
        await writer.CompleteAsync();
        return info;
    }

    /// <summary>Salts that differ and can be repeated.</summary>
    public sealed class CountingSalts(byte first) : ICheckpointSalts
    {
        private byte _next = first;

        public void Fill(Span<byte> salt) => salt.Fill(_next++);
    }

    /// <summary>A method of a user's: pairs of length and byte.</summary>
    public sealed class RunLengths : IBlockCompression
    {
        public byte Id => 64;

        public string Name => "run lengths";

        public int? Compress(ReadOnlyMemory<byte> source, Memory<byte> destination)
        {
            var written = 0;
            for (var i = 0; i < source.Length;)
            {
                var run = 1;
                while (run < 255 && i + run < source.Length && source.Span[i + run] == source.Span[i])
                    run++;
                if (written + 2 > destination.Length)
                    return null;
                destination.Span[written++] = (byte)run;
                destination.Span[written++] = source.Span[i];
                i += run;
            }
            return written;
        }

        public bool TryDecompress(ReadOnlyMemory<byte> source, Memory<byte> destination)
        {
            var read = 0;
            for (var i = 0; i + 1 < source.Length; i += 2)
            {
                if (source.Span[i] > destination.Length - read)
                    return false;
                destination.Span.Slice(read, source.Span[i]).Fill(source.Span[i + 1]);
                read += source.Span[i];
            }
            return read == destination.Length && source.Length % 2 == 0;
        }
    }
}
