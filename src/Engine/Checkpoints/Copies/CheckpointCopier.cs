using Gristmill.Checkpoints.Internal;
using Gristmill.Jobs;
using Gristmill.Protocol;

namespace Gristmill.Checkpoints;

/// <summary>
/// Copies a job's newest complete checkpoint from one store to another: the files its manifest names, the manifest, then the
/// head. A job started on the second store goes on from there.
/// </summary>
/// <remarks>
/// Objects are created once, and every block's hash is verified on the way. The head moves last, by compare-and-swap, and
/// only if there is none or one a copier wrote: where a job has been started from the copy, copying ends with an error.
/// Cut short at any point, the next call goes on with what is there. One call at a time.
/// </remarks>
public sealed class CheckpointCopier
{
    private readonly ICheckpointStore _from;
    private readonly ICheckpointStore _to;
    private readonly string _job;
    private readonly RetentionPolicy _policy;
    private readonly FileCopier _files;

    /// <summary>Makes a copier; nothing is read yet.</summary>
    /// <param name="from">Where the job keeps its checkpoints.</param>
    /// <param name="to">Where they are copied to.</param>
    /// <param name="job">The job.</param>
    /// <param name="retain">How many copied checkpoints the second head names: 1 to 256, and never fewer than the last two. Default: 10.</param>
    public CheckpointCopier(ICheckpointStore from, ICheckpointStore to, string job, int retain = 10)
        : this(from, to, job, RetentionPolicy.LastOf(retain))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(retain, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(retain, HeadContent.MaxRetained);
    }

    /// <summary>Makes a copier that thins out what was copied by the rules of the first store.</summary>
    internal CheckpointCopier(ICheckpointStore from, ICheckpointStore to, string job, RetentionPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        ObjectName.ValidateJob(job);
        _from = from;
        _to = to;
        _job = job;
        _policy = policy;
        _files = new FileCopier(from, to);
    }

    /// <summary>Copies the newest checkpoint; those between it and the last copied one are skipped.</summary>
    /// <returns>Null if the job has none yet.</returns>
    /// <exception cref="CheckpointStoreException">A store failed; or the second store's head is not a copier's.</exception>
    /// <exception cref="CorruptCheckpointException">The checkpoint is damaged in the first store; the second keeps the one it has.</exception>
    public async Task<CheckpointCopy?> CopyNewestAsync(CancellationToken cancellationToken = default)
    {
        HeadContent? head = await HeadContent.ReadAsync(_from, _job, cancellationToken);
        if (head?.Newest is not { } newest)
            return null;
        StoredHead? target = await _to.ReadHeadAsync(_job, cancellationToken);
        HeadContent? copied = target is null ? null : RequireCopy(HeadContent.Decode(target.Content, $"copied head of job '{_job}'"));
        if (newest.IsOfSame(copied?.Newest))
            return new CheckpointCopy(newest.Checkpoint, 0, WasThere: true);

        Manifest manifest = await ManifestFile.ReadAsync(_from, newest, cancellationToken);
        long bytes = 0;
        foreach (IGrouping<string, BlockInfo> file in manifest.Blocks.GroupBy(block => block.File, StringComparer.Ordinal))
            bytes += await _files.CopyAsync(file.Key, [.. file.OrderBy(block => block.Offset)], cancellationToken);
        bytes += await CopyManifestAsync(newest, cancellationToken);
        await MoveHeadAsync(target?.Version ?? 0, Follow(copied, head, newest), cancellationToken);
        return new CheckpointCopy(newest.Checkpoint, bytes, WasThere: false);
    }

    /// <summary>The head that names the copy; of the older ones those only that were copied and count in the first store's line.</summary>
    private HeadContent Follow(HeadContent? copied, HeadContent head, ManifestReference newest) => new()
    {
        Generation = head.Generation,
        Newest = newest,
        Retained = copied is null ? [] : Older(copied, newest),
        Retention = HeadRetention.Of(_policy),
        IsCopy = true,
    };

    /// <summary>By age at the time the newest was committed; where that is not known only their count keeps them.</summary>
    private List<ManifestReference> Older(HeadContent copied, ManifestReference newest)
    {
        List<ManifestReference> all = [newest, .. copied.Committed().Where(older => older.Checkpoint < newest.Checkpoint)];
        HashSet<long> kept = [.. _policy.Keep(all.Select(Heads.ToRef), newest.CommittedAt?.ToUnixTimeMilliseconds() ?? long.MaxValue / 2).Select(one => one.Checkpoint.Value)];
        return [.. all.Skip(1).Where(older => kept.Contains(older.Checkpoint))];
    }

    private async Task<long> CopyManifestAsync(ManifestReference newest, CancellationToken cancellationToken)
    {
        if (await _to.GetLengthAsync(newest.Manifest, cancellationToken) is not null)
        {
            // Of an earlier try, or it is somebody else's, which its hash tells.
            await ManifestFile.ReadAsync(_to, newest, cancellationToken);
            return 0;
        }
        long length = await _from.GetLengthAsync(newest.Manifest, cancellationToken) ?? throw new ObjectNotFoundException(newest.Manifest, _from.Description);
        byte[] bytes = await WholeObject.ReadAsync(_from, newest.Manifest, length, cancellationToken);
        await using (ObjectWriter writer = await _to.CreateAsync(newest.Manifest, cancellationToken))
        {
            await writer.WriteAsync(bytes, cancellationToken);
            await writer.CompleteAsync(cancellationToken);
        }
        // What was written is what is named: the manifest was read twice.
        await ManifestFile.ReadAsync(_to, newest, cancellationToken);
        return length;
    }

    private async Task MoveHeadAsync(long version, HeadContent content, CancellationToken cancellationToken)
    {
        // An outcome that is unknown is thrown: the next call reads the head, and finds it moved or moves it again.
        if (!await _to.TryMoveHeadAsync(_job, version, content.Encode(), cancellationToken))
            throw new CheckpointStoreException($"Checkpoint {content.Newest!.Checkpoint} of job '{_job}' was copied to {_to.Description}, but another moved the head there. Two processes copy one job, or the job was started from the copy.");
    }

    private HeadContent RequireCopy(HeadContent head) => head.IsCopy
        ? head
        : throw new CheckpointStoreException(
            $"Job '{_job}' has a head of its own in {_to.Description}, at generation {head.Generation}: it was started there, and what it has done since must not be lost. "
            + "Copy to another store, or delete the job's checkpoints there once they are not needed.");
}
