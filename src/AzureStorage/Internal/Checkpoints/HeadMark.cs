using System.Globalization;
using System.Security.Cryptography;
using Gristmill.Checkpoints;

namespace Gristmill.AzureStorage.Internal;

/// <summary>
/// What a head's blob says of itself beside its content: the version, the content's hash, and who made this one and those
/// before it, newest first. By the last a mover whose answer was lost learns that it had moved, even if others have moved on.
/// </summary>
internal sealed record HeadMark(long Version, string Hash, IReadOnlyList<string> Movers)
{
    /// <summary>How many movers are remembered.</summary>
    public const int Kept = 32;

    private const string VersionKey = "gristmill_version";
    private const string HashKey = "gristmill_sha256";
    private const string MoversKey = "gristmill_movers";

    /// <summary>The mark of the head after this one; of the first, after none.</summary>
    public static HeadMark Follow(HeadMark? before, ReadOnlySpan<byte> content, string mover) =>
        new((before?.Version ?? 0) + 1, HashOf(content), [mover, .. (before?.Movers ?? []).Take(Kept - 1)]);

    /// <summary>Whether a mover made a version; null if that is too long ago to tell, or is yet to come.</summary>
    public bool? WasMadeBy(string mover, long version)
    {
        long at = Version - version;
        return at >= 0 && at < Movers.Count ? Movers[(int)at] == mover : null;
    }

    /// <summary>Whether the content is the one this was written with.</summary>
    public bool Fits(ReadOnlySpan<byte> content) => HashOf(content) == Hash;

    public Dictionary<string, string> Encode() => new()
    {
        [VersionKey] = Version.ToString(CultureInfo.InvariantCulture),
        [HashKey] = Hash,
        [MoversKey] = string.Join(',', Movers),
    };

    /// <exception cref="CorruptCheckpointException">The metadata is not what <see cref="Encode"/> made.</exception>
    public static HeadMark Decode(IDictionary<string, string> metadata, string blob)
    {
        if (metadata.TryGetValue(VersionKey, out string? text) && metadata.TryGetValue(HashKey, out string? hash) && metadata.TryGetValue(MoversKey, out string? movers)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long version) && version > 0)
            return new HeadMark(version, hash, movers.Split(','));
        throw new CorruptCheckpointException(blob, 0, $"metadata {VersionKey}, {HashKey} and {MoversKey}", $"{metadata.Count} others");
    }

    private static string HashOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));
}
