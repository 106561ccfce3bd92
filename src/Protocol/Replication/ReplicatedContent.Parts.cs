using System.Collections.Immutable;

namespace Gristmill.Protocol;

// To and from parts.
public sealed partial record ReplicatedContent
{
    /// <summary>Takes the content apart.</summary>
    public IEnumerable<ContentPart> Parts()
    {
        yield return new ContentPart(ContentPartKind.Counts, "", default, Made, ForgottenUpTo, default);
        foreach (var (name, item) in Objects)
            foreach (var bytes in PiecesOf(item)) yield return new ContentPart(ContentPartKind.Object, name, default, item.ModifiedMs, 0, bytes);

        foreach (var (id, item) in Uploads)
            foreach (var bytes in PiecesOf(item)) yield return new ContentPart(ContentPartKind.Upload, "", id, item.ModifiedMs, 0, bytes);

        foreach (var (job, head) in Heads) yield return new ContentPart(ContentPartKind.Head, job, default, head.Version, 0, head.Content);
        foreach (var (id, made) in Order) yield return new ContentPart(ContentPartKind.Outcome, "", id, made, (long)Outcomes[id], default);
    }

    /// <summary>Adds a part that comes next.</summary>
    public ReplicatedContent Add(ContentPart part) => part.Kind switch
    {
        ContentPartKind.Counts => this with { Made = part.Number, ForgottenUpTo = part.Other },
        ContentPartKind.Object => this with
        {
            Objects = Objects.SetItem(part.Name, Objects.GetValueOrDefault(part.Name, ReplicatedObject.Empty).Add(part.Bytes, part.Number)),
            Bytes = Bytes + part.Bytes.Length,
        },
        ContentPartKind.Upload => this with
        {
            Uploads = Uploads.SetItem(part.Id, Uploads.GetValueOrDefault(part.Id, ReplicatedObject.Empty).Add(part.Bytes, part.Number)),
            Bytes = Bytes + part.Bytes.Length,
        },
        ContentPartKind.Head => this with { Heads = Heads.SetItem(part.Name, new ReplicatedHead(part.Number, part.Bytes)), Bytes = Bytes + part.Bytes.Length },
        ContentPartKind.Outcome => this with { Outcomes = Outcomes.SetItem(part.Id, (ReplicaOutcome)part.Other), Order = Order.Enqueue((part.Id, part.Number)) },
        _ => throw new ProtocolViolationException($"No content has a part {part.Kind}."),
    };

    private static ImmutableArray<ReadOnlyMemory<byte>> PiecesOf(ReplicatedObject item) => item.Pieces.IsEmpty ? [default] : item.Pieces;
}
