using System.Collections.Immutable;
using Gristmill.Checkpoints;
using Gristmill.Protocol;
using Microsoft.Extensions.Logging;

namespace Gristmill.Jobs;

/// <summary>Carries out a retention pass.</summary>
/// <param name="store">Where.</param>
/// <param name="job">Whose checkpoints.</param>
/// <param name="time">For the age of objects.</param>
/// <param name="logger">Is told of each retained manifest that can't be read, once; null: nobody is.</param>
internal sealed class Collector(ICheckpointStore store, string job, TimeProvider time, ILogger? logger = null)
{
    // Manifests never change, so what one refers to is read once.
    private readonly Dictionary<string, ImmutableHashSet<string>> _references = new(StringComparer.Ordinal);
    private readonly HashSet<string> _doubts = new(StringComparer.Ordinal);

    public void Know(ManifestRef manifest, Manifest content)
        => _references[manifest.Name] = [.. content.Blocks.Select(block => block.File)];

    /// <summary>Deletes what no kept checkpoint reaches.</summary>
    /// <returns>How many objects were deleted.</returns>
    public async Task<int> CollectAsync(HeadRecord head, TimeSpan minimumAge, CancellationToken cancellationToken)
    {
        CollectionPlan plan = await PlanAsync(head, minimumAge, cancellationToken);
        await CarryOutAsync(plan, cancellationToken);
        return plan.Deletions.Length;
    }

    /// <summary>What a pass would delete, and what it would keep and why.</summary>
    /// <param name="head">The head, read before.</param>
    /// <param name="minimumAge">Younger objects are kept.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<CollectionPlan> PlanAsync(HeadRecord head, TimeSpan minimumAge, CancellationToken cancellationToken)
    {
        var references = ImmutableArray.CreateBuilder<ManifestReferences>();
        foreach (ManifestRef manifest in head.Retained)
            references.Add(new ManifestReferences(manifest, await ReferencesOfAsync(manifest, cancellationToken)));
        foreach (string gone in _references.Keys.Except(head.Retained.Select(manifest => manifest.Name), StringComparer.Ordinal).ToList())
            _references.Remove(gone);

        return Retention.Plan(head, references.ToImmutable(), await ListAsync(cancellationToken), (long)minimumAge.TotalMilliseconds);
    }

    /// <summary>Deletes what a plan says, in its order.</summary>
    public async Task CarryOutAsync(CollectionPlan plan, CancellationToken cancellationToken)
    {
        foreach (Protocol.StoredObject item in plan.Deletions)
            await store.DeleteAsync(item.Name, cancellationToken);
    }

    /// <summary>
    /// Deletes every checkpoint of the job up to a generation: it was cancelled and its user wants none kept. What a
    /// newer generation has written meanwhile is that one's.
    /// </summary>
    public async Task DeleteAllAsync(long generation, CancellationToken cancellationToken)
    {
        foreach (Protocol.StoredObject item in (await ListAsync(cancellationToken)).Where(item => CheckpointLayout.Parse(item.Name).Generation <= generation))
            await store.DeleteAsync(item.Name, cancellationToken);
    }

    private async Task<ImmutableHashSet<string>?> ReferencesOfAsync(ManifestRef manifest, CancellationToken cancellationToken)
    {
        if (_references.TryGetValue(manifest.Name, out ImmutableHashSet<string>? known))
            return known;
        try
        {
            Know(manifest, await ManifestFile.ReadAsync(store, manifest.Name, manifest.Hash, cancellationToken));
            return _references[manifest.Name];
        }
        catch (Exception e) when (e is CheckpointStoreException or CorruptCheckpointException or UnsupportedFormatException)
        {
            // Kept is then all it may refer to, at this pass and at all others until the head no longer names it.
            if (logger is not null && _doubts.Add(manifest.Name))
                Log.CollectsLess(logger, job, manifest.Checkpoint.Value, e.Message);
            return null;
        }
    }

    private async Task<ImmutableArray<Protocol.StoredObject>> ListAsync(CancellationToken cancellationToken)
    {
        var listed = ImmutableArray.CreateBuilder<Protocol.StoredObject>();
        DateTimeOffset now = time.GetUtcNow();
        await foreach (Checkpoints.StoredObject item in store.ListAsync(CheckpointLayout.JobPrefix(job), cancellationToken))
        {
            CheckpointObject parsed = CheckpointLayout.Parse(item.Name);
            if (parsed.Kind is not (CheckpointObjectKind.Manifest or CheckpointObjectKind.NodeFile))
                continue;
            StoredKind kind = parsed.Kind == CheckpointObjectKind.Manifest ? StoredKind.Manifest : StoredKind.Data;
            listed.Add(new Protocol.StoredObject(item.Name, new CheckpointId(parsed.Checkpoint), kind, (long)(now - item.Modified).TotalMilliseconds));
        }

        return listed.ToImmutable();
    }
}
