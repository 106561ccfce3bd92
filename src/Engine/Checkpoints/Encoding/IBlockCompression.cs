namespace Gristmill.Checkpoints;

/// <summary>A method of compressing blocks. Thread-safe: blocks are compressed and read on several threads at once.</summary>
/// <remarks>
/// <see cref="BlockCompression"/> has those of the platform. Another one, for example Zstandard, is an adapter of its library, set as
/// <see cref="CheckpointOptions.Compression"/> and, once it no longer is, listed in <see cref="CheckpointOptions.KnownCompressions"/>
/// as long as a checkpoint written with it is kept.
/// </remarks>
public interface IBlockCompression
{
    /// <summary>The number that stands in blocks: 64 to 127, and never another method's; 1 to 63 are Gristmill's own.</summary>
    byte Id { get; }

    /// <summary>Its name, for messages.</summary>
    string Name { get; }

    /// <summary>Compresses <paramref name="source"/> into the beginning of <paramref name="destination"/>, which is shorter.</summary>
    /// <returns>The bytes written; null if they do not fit, and then the block is stored as it is.</returns>
    int? Compress(ReadOnlyMemory<byte> source, Memory<byte> destination);

    /// <summary>Decompresses, never beyond <paramref name="destination"/>, whose length is that of what was compressed.</summary>
    /// <returns>Whether <paramref name="source"/> was whole and filled the destination exactly. Bytes that are damaged are no exception.</returns>
    bool TryDecompress(ReadOnlyMemory<byte> source, Memory<byte> destination);
}
