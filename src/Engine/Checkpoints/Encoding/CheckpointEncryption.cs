using System.Security.Cryptography;
using Gristmill.Checkpoints.Internal;

namespace Gristmill.Checkpoints;

/// <summary>Encrypts what blocks hold with AES-256-GCM, under a key of its own for each block, derived from the user's.</summary>
/// <remarks>
/// Hidden is what a block holds: keys, states, positions, staged output. Not hidden, though a change of it in a block is noticed, are
/// names of jobs, operators and states, schemas (with the names of types and fields), key groups, counts and sizes; manifest, head and
/// history are plain. With compression, sizes tell how well the content compresses.
/// </remarks>
public sealed class CheckpointEncryption
{
    /// <summary>The shortest key, in bytes.</summary>
    public const int MinKeyLength = 32;

    /// <summary>The longest id of a key, in characters.</summary>
    public const int MaxKeyIdLength = 128;

    /// <summary>Encrypts with these keys.</summary>
    public CheckpointEncryption(ICheckpointKeys keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        Keys = keys;
    }

    /// <summary>The keys.</summary>
    public ICheckpointKeys Keys { get; }

    /// <summary>Where the files' salts come from. Default: the operating system's cryptographic generator.</summary>
    public ICheckpointSalts Salts { get; init; } = SystemSalts.Instance;

    internal IEnumerable<string> Faults()
    {
        if (!AesGcm.IsSupported)
            yield return "Checkpoints.Encryption is set, but this platform has no AES-GCM; install OpenSSL, or take the setting away.";
        if (Keys.CurrentId is not { } id)
            yield return "Checkpoints.Encryption has keys whose CurrentId is null; give the id of the key to write with.";
        else if (Keys.Find(id) is not { } key)
            yield return $"Checkpoints.Encryption has keys whose current one '{id}' can't be found; Find(\"{id}\") must return it.";
        else if (FaultOf(id, key.Length) is { } fault)
            yield return $"Checkpoints.Encryption: {fault}";
    }

    internal static string? FaultOf(string id, int length)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length is 0 or > MaxKeyIdLength)
            return $"The id of a key has {id.Length} characters; it must have 1 to {MaxKeyIdLength}.";
        return length < MinKeyLength ? $"Key '{id}' has {length} bytes; it must have at least {MinKeyLength}, for example of RandomNumberGenerator.GetBytes({MinKeyLength})." : null;
    }
}
