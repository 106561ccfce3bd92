using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>
/// All that a replicated store holds. Operations make new contents of old ones, always the same; what is copied to another
/// replica therefore stays as it is while operations go on.
/// </summary>
public sealed partial record ReplicatedContent
{
    /// <summary>Outcomes that are remembered, so that an operation sent again is not made again. More than can be on their way at once.</summary>
    public const int DefaultRemembered = 4096;

    /// <summary>An upload silent for so long is a dead process's.</summary>
    public const long AbandonedAfterMs = 60 * 60 * 1000;

    /// <summary>Nothing.</summary>
    public static ReplicatedContent Empty { get; } = new();

    /// <summary>How many operations made it.</summary>
    public long Made { get; init; }

    /// <summary>Of the operations up to this one no outcome is remembered any more.</summary>
    public long ForgottenUpTo { get; init; }

    /// <summary>How many outcomes are remembered.</summary>
    public int Remembers { get; init; } = DefaultRemembered;

    /// <summary>The objects by name.</summary>
    public ImmutableSortedDictionary<string, ReplicatedObject> Objects { get; init; } = ImmutableSortedDictionary.Create<string, ReplicatedObject>(StringComparer.Ordinal);

    /// <summary>The heads by job.</summary>
    public ImmutableSortedDictionary<string, ReplicatedHead> Heads { get; init; } = ImmutableSortedDictionary.Create<string, ReplicatedHead>(StringComparer.Ordinal);

    /// <summary>Uploads that have no name yet.</summary>
    public ImmutableDictionary<Guid, ReplicatedObject> Uploads { get; init; } = ImmutableDictionary<Guid, ReplicatedObject>.Empty;

    /// <summary>Outcomes by operation.</summary>
    public ImmutableDictionary<Guid, ReplicaOutcome> Outcomes { get; init; } = ImmutableDictionary<Guid, ReplicaOutcome>.Empty;

    /// <summary>The operations whose outcomes are remembered, oldest first, with the count of operations they made full.</summary>
    public ImmutableQueue<(Guid Id, long Made)> Order { get; init; } = [];

    /// <summary>Bytes of objects, uploads and heads.</summary>
    public long Bytes { get; init; }

    internal ReplicationFaults Faults { get; init; }

    /// <summary>Makes an operation, unless it was made before.</summary>
    public (ReplicatedContent Next, ReplicaResult Result) Make(ReplicaOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        var made = this with { Made = checked(Made + 1) };
        if ((Faults & ReplicationFaults.ForgetOutcomes) == 0)
        {
            if (Outcomes.TryGetValue(operation.Id, out var before)) return (made, new ReplicaResult(before, made.Made));
            if (operation.SentAfter < ForgottenUpTo) return (made, new ReplicaResult(ReplicaOutcome.Forgotten, made.Made));
        }

        var (next, outcome) = made.Change(operation);
        return (next.Remember(operation.Id, outcome), new ReplicaResult(outcome, made.Made));
    }

    private ReplicatedContent Remember(Guid id, ReplicaOutcome outcome)
    {
        var outcomes = Outcomes.SetItem(id, outcome);
        var order = Order.Enqueue((id, Made));
        if (outcomes.Count <= Remembers) return this with { Outcomes = outcomes, Order = order };

        order = order.Dequeue(out var oldest);
        return this with { Outcomes = outcomes.Remove(oldest.Id), Order = order, ForgottenUpTo = oldest.Made };
    }

    private (ReplicatedContent, ReplicaOutcome) Change(ReplicaOperation operation) => operation.Kind switch
    {
        ReplicaOperationKind.Upload => Upload(operation),
        ReplicaOperationKind.Publish => Publish(operation),
        ReplicaOperationKind.Abandon => (WithoutUpload(operation.Upload), ReplicaOutcome.Done),
        ReplicaOperationKind.Delete => (Delete(operation.Name), ReplicaOutcome.Done),
        ReplicaOperationKind.Append => (Append(operation), ReplicaOutcome.Done),
        ReplicaOperationKind.MoveHead => MoveHead(operation),
        _ => throw new ProtocolViolationException($"No replica can make operation {operation.Kind}."),
    };

    private (ReplicatedContent, ReplicaOutcome) Upload(ReplicaOperation operation)
    {
        var content = WithoutAbandoned(operation.NowMs);
        var upload = content.Uploads.GetValueOrDefault(operation.Upload, ReplicatedObject.Empty);
        if (upload.Length != operation.Position) return (content, ReplicaOutcome.NoUpload);

        return (content with
        {
            Uploads = content.Uploads.SetItem(operation.Upload, upload.Add(operation.Bytes, operation.NowMs)),
            Bytes = content.Bytes + operation.Bytes.Length,
        }, ReplicaOutcome.Done);
    }

    private (ReplicatedContent, ReplicaOutcome) Publish(ReplicaOperation operation)
    {
        var upload = Uploads.GetValueOrDefault(operation.Upload, ReplicatedObject.Empty);
        if (Objects.ContainsKey(operation.Name)) return (WithoutUpload(operation.Upload), ReplicaOutcome.Conflict);
        if (upload.Length != operation.Position) return (this, ReplicaOutcome.NoUpload);

        var whole = upload.Add(operation.Bytes, operation.NowMs);
        return (this with
        {
            Uploads = Uploads.Remove(operation.Upload),
            Objects = Objects.Add(operation.Name, whole),
            Bytes = Bytes + operation.Bytes.Length,
        }, ReplicaOutcome.Done);
    }

    private ReplicatedContent Delete(string name) =>
        Objects.TryGetValue(name, out var found) ? this with { Objects = Objects.Remove(name), Bytes = Bytes - found.Length } : this;

    private ReplicatedContent Append(ReplicaOperation operation) => this with
    {
        Objects = Objects.SetItem(operation.Name, Objects.GetValueOrDefault(operation.Name, ReplicatedObject.Empty).AddLine(operation.Bytes, operation.NowMs)),
        Bytes = Bytes + operation.Bytes.Length,
    };

    private (ReplicatedContent, ReplicaOutcome) MoveHead(ReplicaOperation operation)
    {
        var head = Heads.GetValueOrDefault(operation.Name);
        if ((head?.Version ?? 0) != operation.Position) return (this, ReplicaOutcome.Conflict);

        return (this with
        {
            Heads = Heads.SetItem(operation.Name, new ReplicatedHead(operation.Position + 1, operation.Bytes)),
            Bytes = Bytes + operation.Bytes.Length - (head?.Content.Length ?? 0),
        }, ReplicaOutcome.Done);
    }

    private ReplicatedContent WithoutUpload(Guid upload) =>
        Uploads.TryGetValue(upload, out var found) ? this with { Uploads = Uploads.Remove(upload), Bytes = Bytes - found.Length } : this;

    private ReplicatedContent WithoutAbandoned(long nowMs)
    {
        var content = this;
        foreach (var (id, upload) in Uploads)
            if (upload.ModifiedMs < nowMs - AbandonedAfterMs) content = content.WithoutUpload(id);

        return content;
    }
}

/// <summary>A head.</summary>
/// <param name="Version">Its version.</param>
/// <param name="Content">Its content.</param>
public sealed record ReplicatedHead(long Version, ReadOnlyMemory<byte> Content);
