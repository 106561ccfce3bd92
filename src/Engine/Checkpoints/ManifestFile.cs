using System.Security.Cryptography;
using System.Text.Json;
using Gristmill.Checkpoints.Internal;

namespace Gristmill.Checkpoints;

/// <summary>Writes and reads manifests.</summary>
public static class ManifestFile
{
    // A bound, so that a damaged length cannot take the process down; a manifest of 100,000 blocks has 40 MB.
    private const long MaxLength = 256 << 20;

    /// <summary>Writes a manifest under its own name, see <see cref="CheckpointLayout.Manifest"/>.</summary>
    /// <returns>How a head names it.</returns>
    /// <exception cref="ObjectExistsException">The generation wrote a manifest of this checkpoint before.</exception>
    public static ValueTask<ManifestReference> WriteAsync(ICheckpointStore store, string job, Manifest manifest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        if (manifest.Job != job)
            throw new ArgumentException($"The manifest is of job '{manifest.Job}', not of '{job}'.", nameof(manifest));
        return WriteAsAsync(store, CheckpointLayout.Manifest(job, manifest.Checkpoint, manifest.Generation), manifest, cancellationToken);
    }

    /// <summary>Writes a manifest under a name of the caller's choice, as a savepoint needs it.</summary>
    public static async ValueTask<ManifestReference> WriteAsAsync(ICheckpointStore store, string name, Manifest manifest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(manifest);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(manifest, CheckpointJson.Indented.Manifest);
        await using var writer = await store.CreateAsync(name, cancellationToken);
        await writer.WriteAsync(bytes, cancellationToken);
        await writer.CompleteAsync(cancellationToken);
        return new ManifestReference(manifest.Checkpoint, manifest.Generation, name, HashOf(bytes));
    }

    /// <summary>Reads the manifest a head names and verifies that it is that one.</summary>
    public static async ValueTask<Manifest> ReadAsync(ICheckpointStore store, ManifestReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        var manifest = await ReadAsync(store, reference.Manifest, reference.Hash, cancellationToken);
        if (manifest.Checkpoint != reference.Checkpoint || manifest.Generation != reference.Generation)
        {
            throw new CorruptCheckpointException(
                reference.Manifest, 0,
                $"checkpoint {reference.Checkpoint} of generation {reference.Generation}",
                $"checkpoint {manifest.Checkpoint} of generation {manifest.Generation}");
        }
        return manifest;
    }

    /// <summary>Reads a manifest.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The manifest's object name.</param>
    /// <param name="expectedHash">Its SHA-256; without it, damage that leaves legal JSON is not noticed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CorruptCheckpointException">It is damaged.</exception>
    /// <exception cref="UnsupportedFormatException">A newer version wrote it.</exception>
    /// <exception cref="ObjectNotFoundException">It is missing.</exception>
    public static async ValueTask<Manifest> ReadAsync(ICheckpointStore store, string name, string? expectedHash = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        var bytes = await WholeObject.ReadAsync(store, name, MaxLength, cancellationToken);
        var found = HashOf(bytes);
        if (expectedHash is not null && found != expectedHash)
            throw new CorruptCheckpointException(name, 0, $"hash {expectedHash}", found);
        FormatCheck.Json(bytes, name, "manifest", Manifest.CurrentFormat);
        return CheckpointJson.Read(bytes, CheckpointJson.Indented.Manifest, name);
    }

    /// <summary>How a head or a savepoint's owner names a manifest that is there already; null if there is none of the name.</summary>
    internal static async ValueTask<ManifestReference?> FindAsync(ICheckpointStore store, string name, CancellationToken cancellationToken = default)
    {
        if (await store.GetLengthAsync(name, cancellationToken) is null)
            return null;
        var hash = HashOf(await WholeObject.ReadAsync(store, name, MaxLength, cancellationToken));
        Manifest manifest = await ReadAsync(store, name, hash, cancellationToken);
        return new ManifestReference(manifest.Checkpoint, manifest.Generation, name, hash);
    }

    private static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
