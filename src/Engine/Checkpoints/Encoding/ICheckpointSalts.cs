namespace Gristmill.Checkpoints;

/// <summary>Where the salt of each encrypted file comes from. A simulation passes a seeded one, so that its bytes can be repeated.</summary>
public interface ICheckpointSalts
{
    /// <summary>Fills a salt. Outside of simulations it comes from a cryptographic generator.</summary>
    void Fill(Span<byte> salt);
}
