using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Gristmill.Files.Internal;

/// <summary>Tells one content of a file from another by its length and a hash of its first and last 4 KB.</summary>
internal readonly record struct FileIdentity(long Length, long Mark)
{
    private const int MarkBytes = 4096;

    /// <summary>The identity of the first <paramref name="length"/> bytes of a file, or of all of it.</summary>
    public static FileIdentity Of(InputBytes file, long? length = null)
    {
        long bytes = length ?? file.Length;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(file, hash, 0, bytes);
        Add(file, hash, Math.Max(0, bytes - MarkBytes), bytes);
        return new FileIdentity(bytes, BinaryPrimitives.ReadInt64LittleEndian(hash.GetHashAndReset()));
    }

    /// <summary>
    /// Refuses a file that is not the one a position was taken in. A plain file may have grown: only its first bytes, those
    /// of then, are read, so a job that goes back reads what it read before.
    /// </summary>
    /// <returns>How many bytes it has grown by.</returns>
    public static long Check(InputBytes file, bool compressed, in FilePosition position)
    {
        long length = file.Length;
        bool longEnough = compressed ? length == position.FileLength : length >= position.FileLength;
        if (longEnough && Of(file, position.FileLength).Mark == position.FileMark)
            return length - position.FileLength;
        throw new SourceFileException(file.Path,
            $"The file '{file.Path}' changed under the checkpoint: it had {position.FileLength:N0} bytes when the job took it up and has "
            + (length == position.FileLength ? "as many of other content now." : $"{length:N0} now.")
            + " Put the old file back, or start the job anew without the checkpoint.");
    }

    private static void Add(InputBytes file, IncrementalHash hash, long from, long end)
    {
        Span<byte> buffer = stackalloc byte[MarkBytes];
        buffer = buffer[..(int)Math.Min(MarkBytes, end - from)];
        while (buffer.Length > 0 && file.Read(buffer, from) is var count and > 0)
        {
            hash.AppendData(buffer[..count]);
            buffer = buffer[count..];
            from += count;
        }
    }
}
