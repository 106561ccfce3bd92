using System.Buffers;
using System.Security.Cryptography;

namespace Gristmill.Checkpoints.Internal;

/// <summary>SHA-256 over whole blocks, as lower-case hex.</summary>
internal static class BlockHash
{
    // Below this a hash costs less than a hop to the pool and back.
    private const int InlineLength = 64 << 10;

    /// <summary>Hashes what comes before the payload and the payload; on the pool if asked for and worth it.</summary>
    public static Task<string> ComputeAsync(ReadOnlyMemory<byte> front, ReadOnlySequence<byte> payload, bool offCaller) =>
        offCaller && front.Length + payload.Length > InlineLength
            ? IoPool.Run(() => Compute(front, payload))
            : Task.FromResult(Compute(front, payload));

    /// <summary>Hashes a whole block; on the pool if asked for and worth it.</summary>
    public static Task<string> ComputeAsync(ReadOnlyMemory<byte> block, bool offCaller) =>
        ComputeAsync(block, ReadOnlySequence<byte>.Empty, offCaller);

    private static string Compute(ReadOnlyMemory<byte> front, ReadOnlySequence<byte> payload)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(front.Span);
        foreach (var segment in payload)
            hash.AppendData(segment.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
