using Gristmill.Checkpoints.Internal;

namespace Gristmill.Checkpoints;

/// <summary>What it takes to read blocks: the methods of compression and the keys they may have been stored with. Thread-safe.</summary>
public sealed class BlockDecoding
{
    private readonly Dictionary<byte, IBlockCompression> _compressions;

    /// <summary>Knows Packed, Deflate and Brotli, and what is given.</summary>
    /// <param name="compressions">Further methods.</param>
    /// <param name="keys">The keys; null: what is encrypted is refused.</param>
    /// <exception cref="ArgumentException">Two methods have one number, or one has a number that is not for users.</exception>
    public BlockDecoding(IEnumerable<IBlockCompression>? compressions = null, ICheckpointKeys? keys = null)
    {
        List<IBlockCompression> all = [BlockCompression.Packed, BlockCompression.Deflate(), BlockCompression.Brotli(), .. compressions ?? []];
        if (Faults(all).FirstOrDefault() is { } fault)
            throw new ArgumentException(fault, nameof(compressions));
        _compressions = all.DistinctBy(method => method.Id).ToDictionary(method => method.Id);
        Keys = keys;
    }

    /// <summary>Reads what is not encrypted, with any of Gristmill's own compressions or none.</summary>
    public static BlockDecoding Default { get; } = new();

    internal ICheckpointKeys? Keys { get; }

    internal IBlockCompression? Find(byte id) => _compressions.GetValueOrDefault(id);

    /// <summary>What is wrong with these methods together.</summary>
    internal static IEnumerable<string> Faults(IEnumerable<IBlockCompression> methods)
    {
        foreach (var same in methods.DistinctBy(method => (method.Id, method.GetType())).GroupBy(method => method.Id))
        {
            if (same.Count() > 1)
                yield return $"The methods of compression {string.Join(" and ", same.Select(method => method.Name))} both have number {same.Key}; give each its own, 64 to 127.";
            else if (same.Key is < 64 or > 127 && same.First() is not (PackedCompression or DeflateCompression or BrotliCompression))
                yield return $"The method of compression {same.First().Name} has number {same.Key}; 64 to 127 are for users.";
        }
    }
}
