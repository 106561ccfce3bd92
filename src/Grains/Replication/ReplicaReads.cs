using Gristmill.Protocol;

namespace Gristmill.Grains;

/// <summary>Answers questions from a content.</summary>
internal static class ReplicaReads
{
    public static ReplicaFinding Nothing { get; } = new(ReplicaAnswer.Accepted, false, 0, [], [], 0);

    public static ReplicaFinding Answer(ReplicatedContent content, ReplicaQuestion question)
    {
        ReplicaFinding found = Nothing with { Made = content.Made };
        ReplicatedObject? item = content.Objects.GetValueOrDefault(question.Name);
        return question.Kind switch
        {
            ReplicaQuestionKind.List => found with { Found = true, Objects = List(content, question.Name) },
            ReplicaQuestionKind.Head => content.Heads.GetValueOrDefault(question.Name) is { } head
                ? found with { Found = true, Number = head.Version, Bytes = PagePart.BytesOf(head.Content) }
                : found,
            _ when item is null => found,
            ReplicaQuestionKind.Length => found with { Found = true, Number = item.Length },
            _ => found with { Found = true, Number = item.Length, Bytes = Read(item, question) },
        };
    }

    private static byte[] Read(ReplicatedObject item, ReplicaQuestion question)
    {
        var bytes = new byte[Math.Clamp(item.Length - question.Offset, 0, question.Count)];
        item.Read(question.Offset, bytes);
        return bytes;
    }

    private static List<ListedObject> List(ReplicatedContent content, string prefix)
        => [.. content.Objects.Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(item => new ListedObject(item.Key, item.Value.Length, item.Value.ModifiedMs))];
}
