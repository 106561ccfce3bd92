namespace Gristmill.Checkpoints;

/// <summary>How new blocks are stored: compressed first, then encrypted; either may be left out.</summary>
/// <param name="Compression">The method; null: none.</param>
/// <param name="Encryption">The keys; null: not encrypted.</param>
public sealed record BlockEncoding(IBlockCompression? Compression = null, CheckpointEncryption? Encryption = null)
{
    /// <summary>As it is.</summary>
    public static BlockEncoding Plain { get; } = new();
}
