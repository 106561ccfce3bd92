namespace Gristmill.Checkpoints;

/// <summary>Copies a job's newest checkpoint into a savepoint.</summary>
internal static class NewestSavepoint
{
    private const int MostAttempts = 3;

    /// <exception cref="InvalidOperationException">The job has no checkpoint.</exception>
    public static async Task<ManifestReference> WriteAsync(
        ICheckpointStore store, string job, ICheckpointStore to, string savepoint, bool withStaged, CancellationToken cancellationToken)
    {
        // The job runs on, and may collect what a long copy still reads; a newer checkpoint does as well.
        for (int attempt = 1; ; attempt++)
        {
            ManifestReference newest = (await HeadContent.ReadAsync(store, job, cancellationToken))?.Newest
                ?? throw new InvalidOperationException($"Job '{job}' has no checkpoint in {store.Description} to make a savepoint of.");
            Manifest manifest = await ManifestFile.ReadAsync(store, newest, cancellationToken);
            try
            {
                return await Savepoint.WriteAsync(store, manifest, to, savepoint, withStaged, progress: null, cancellationToken);
            }
            catch (ObjectNotFoundException) when (attempt < MostAttempts)
            {
            }
        }
    }
}
