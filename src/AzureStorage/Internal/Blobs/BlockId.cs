using System.Buffers.Binary;

namespace Gristmill.AzureStorage.Internal;

/// <summary>
/// Names of blocks: the upload they belong to, and their place in it. Uploads never share a name, so blocks of several
/// uploads can wait beside one another at one blob, and which of them a blob is made of tells whose it is. All names have
/// the same length, as the service demands within a blob.
/// </summary>
internal static class BlockId
{
    private const int UploadBytes = 16;

    /// <summary>The most blocks a blob can be made of.</summary>
    public const int Most = 50_000;

    /// <summary>A new upload's name.</summary>
    public static string NewUpload() => Guid.NewGuid().ToString("N");

    /// <summary>The name of an upload's block.</summary>
    public static string Of(string upload, int index)
    {
        Span<byte> bytes = stackalloc byte[UploadBytes + sizeof(int)];
        Guid.ParseExact(upload, "N").TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(bytes[UploadBytes..], index);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>The names of all blocks of an upload, in order.</summary>
    public static IReadOnlyList<string> All(string upload, int count) => [.. Enumerable.Range(0, count).Select(i => Of(upload, i))];
}
