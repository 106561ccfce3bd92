using System.Text.Json;
using System.Text.Json.Serialization;
using Gristmill.Checkpoints.Internal;
using Gristmill.Protocol;

namespace Gristmill.Checkpoints;

/// <summary>What a head says: which generation owns the job, which checkpoint is the newest, which were committed before.</summary>
public sealed record HeadContent
{
    /// <summary>The newest format this version writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>How many earlier manifests a head remembers at most.</summary>
    public const int MaxRetained = RetentionPolicy.Most;

    /// <summary>The format of this head.</summary>
    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>The generation that owns the job; older ones are fenced.</summary>
    public required long Generation { get; init; }

    /// <summary>The newest committed checkpoint, or null before the first.</summary>
    public ManifestReference? Newest { get; init; }

    /// <summary>The committed checkpoints before it, newest first; no other manifest was ever committed.</summary>
    public IReadOnlyList<ManifestReference> Retained { get; init; } = [];

    /// <summary>
    /// Whether a <see cref="CheckpointCopier"/> wrote it. The first generation that takes the job over from it drops the
    /// mark, and no copier moves the head any more.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsCopy { get; init; }

    /// <summary>By what rules the retained ones were chosen at the last commit; null where that is not known. It only tells.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public HeadRetention? Retention { get; init; }

    /// <summary>
    /// What tells this job's epochs from those of another start from nothing, or from those that a job goes on with from a
    /// copy: made when the job is first taken over. Null in heads of older versions.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Lineage { get; init; }

    /// <summary>All committed checkpoints this head knows, newest first.</summary>
    public IEnumerable<ManifestReference> Committed() => Newest is null ? Retained : Retained.Prepend(Newest);

    /// <summary>The head after committing a checkpoint: the newest so far becomes the first of the retained ones.</summary>
    public HeadContent Commit(ManifestReference manifest, int retain = MaxRetained)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(retain);
        return this with { Newest = manifest, Retained = [.. Committed().Take(Math.Min(retain, MaxRetained))] };
    }

    /// <summary>The bytes to store: JSON, then a line with its SHA-256.</summary>
    public byte[] Encode() => ChecksumLine.Append(JsonSerializer.SerializeToUtf8Bytes(this, CheckpointJson.Indented.HeadContent));

    /// <summary>Reads the head of a job; null if it has none.</summary>
    internal static async ValueTask<HeadContent?> ReadAsync(ICheckpointStore store, string job, CancellationToken cancellationToken) =>
        await store.ReadHeadAsync(job, cancellationToken) is { } stored ? Decode(stored.Content, $"head of job '{job}'") : null;

    /// <summary>Reads a head.</summary>
    /// <param name="bytes">What <see cref="Encode"/> returned.</param>
    /// <param name="source">What to call it in an exception, for example "head of job x".</param>
    /// <exception cref="CorruptCheckpointException">It is damaged.</exception>
    /// <exception cref="UnsupportedFormatException">A newer version wrote it.</exception>
    public static HeadContent Decode(ReadOnlyMemory<byte> bytes, string source)
    {
        var json = ChecksumLine.Strip(bytes, source);
        FormatCheck.Json(json.Span, source, "head", CurrentFormat);
        return CheckpointJson.Read(json.Span, CheckpointJson.Indented.HeadContent, source);
    }
}
