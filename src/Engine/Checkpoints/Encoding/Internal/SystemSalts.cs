using System.Security.Cryptography;

namespace Gristmill.Checkpoints.Internal;

/// <summary>Salts of the operating system's cryptographic generator.</summary>
internal sealed class SystemSalts : ICheckpointSalts
{
    public static readonly SystemSalts Instance = new();

    public void Fill(Span<byte> salt) => RandomNumberGenerator.Fill(salt);
}
