using Gristmill.Checkpoints;
using Gristmill.Protocol;

namespace Gristmill.Jobs;

/// <summary>The head as the protocol decides about it, and as the store keeps it.</summary>
internal static class Heads
{
    /// <summary>
    /// By how many generations the first store may have been ahead of the head that was copied. Whoever goes on from a copy
    /// takes a generation above all of those, so that nothing a lost one staged bears its number.
    /// </summary>
    public const long GenerationsBeyondCopy = 1000;

    public static HeadRecord? Decode(string job, StoredHead? stored)
    {
        if (stored is null)
            return null;
        HeadContent content = HeadContent.Decode(stored.Content, $"head of job '{job}'");
        return new HeadRecord(
            new Generation(content.IsCopy ? checked(content.Generation + GenerationsBeyondCopy) : content.Generation),
            content.Newest is null ? null : ToRef(content.Newest),
            [.. content.Retained.Select(ToRef)],
            stored.Version)
        {
            Policy = content.Retention?.ToPolicy(),

            // A copy's head has none: the lost store may have gone further, with the same numbers for other epochs.
            Lineage = content.Lineage,
        };
    }

    public static byte[] Encode(HeadRecord head) => new HeadContent
    {
        Generation = head.Generation.Value,
        Newest = head.Newest is null ? null : ToReference(head.Newest),
        Retained = [.. head.Older.Select(ToReference)],
        Retention = head.Policy is null ? null : HeadRetention.Of(head.Policy),
        Lineage = head.Lineage,
    }.Encode();

    public static ManifestRef ToRef(ManifestReference reference)
        => new(new CheckpointId(reference.Checkpoint), reference.Manifest, reference.Hash)
        {
            CommittedAtMs = reference.CommittedAt?.ToUnixTimeMilliseconds(),
        };

    public static ManifestReference ToReference(ManifestRef manifest)
        => new(manifest.Checkpoint.Value, CheckpointLayout.Parse(manifest.Name).Generation, manifest.Name, manifest.Hash)
        {
            CommittedAt = manifest.CommittedAtMs is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
        };

    /// <summary>Asks the store to swap the head, and says what is known of the outcome.</summary>
    public static async Task<(CasResult Result, Exception? Error)> TryMoveAsync(ICheckpointStore store, string job, HeadRecord wanted, CancellationToken cancellationToken)
    {
        try
        {
            bool moved = await store.TryMoveHeadAsync(job, wanted.Version - 1, Encode(wanted), cancellationToken);
            return (moved ? CasResult.Moved : CasResult.Refused, null);
        }
        catch (Exception e)
        {
            return (CasResult.Unknown, e);
        }
    }
}
