using System.Security.Cryptography;
using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;

namespace Gristmill.Cli.Selection;

/// <summary>The savepoints of a job: self-contained, named, never collected.</summary>
internal static class Savepoints
{
    private const long MaxManifest = 256 << 20;

    /// <summary>The names of those that are complete.</summary>
    public static async Task<List<string>> ListAsync(ICheckpointStore store, string job, CancellationToken cancellationToken)
    {
        string prefix = CheckpointLayout.JobPrefix(job) + "savepoints/";
        var names = new List<string>();
        await foreach (StoredObject item in store.ListAsync(prefix, cancellationToken))
        {
            if (item.Name[prefix.Length..].Split('/') is [var name, Savepoint.ManifestPart])
                names.Add(name);
        }

        return names;
    }

    /// <summary>Opens one.</summary>
    /// <exception cref="UsageException">There is none of that name.</exception>
    public static async Task<Selected> OpenAsync(ICheckpointStore store, string job, string option, string name, CancellationToken cancellationToken)
    {
        bool isName = ObjectName.IsValid(name) && !name.Contains('/', StringComparison.Ordinal);
        string manifestName = isName ? Savepoint.ManifestName(job, name) : "";
        if (!isName || await store.GetLengthAsync(manifestName, cancellationToken) is null)
        {
            List<string> known = await ListAsync(store, job, cancellationToken);
            throw new UsageException($"{option} is '{name}', and job '{job}' has no such savepoint; {(known.Count == 0 ? "it has none" : $"it has {Show.Names(known)}")}.");
        }

        // Nothing names a savepoint's hash, so what is read first is what is meant.
        byte[] bytes = await WholeObject.ReadAsync(store, manifestName, MaxManifest, cancellationToken);
        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Manifest manifest = await ManifestFile.ReadAsync(store, manifestName, hash, cancellationToken);
        return new Selected(job, manifest, new ManifestReference(manifest.Checkpoint, manifest.Generation, manifestName, hash), name);
    }
}
