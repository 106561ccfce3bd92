using Gristmill.Operators;
using Gristmill.State;

namespace Gristmill.Runtime;

/// <summary>
/// How far a keyed operator had come in each key group, where that is further than its subtask is now. Subtasks whose
/// barriers overtook records had come to different watermarks; when others share their key groups, the lowest holds for
/// all of them, but what has fired stays fired.
/// </summary>
internal sealed class GroupWatermarks(long[] reached)
{
    private readonly long _most = reached.Max();

    /// <summary>Whether the watermark has come as far as any group had.</summary>
    public bool AreReachedBy(long watermark) => watermark >= _most;

    /// <summary>The watermark the key group of a hash had; <see cref="ChainOperator.NoWatermark"/> where nothing is known.</summary>
    public long Of(ulong hash) => reached[KeyGroups.Of(hash, reached.Length)];

    /// <summary>The groups that had come further than a watermark.</summary>
    public IEnumerable<(int Group, long Watermark)> Beyond(long watermark)
    {
        for (int group = 0; group < reached.Length; group++)
        {
            if (reached[group] > watermark)
                yield return (group, reached[group]);
        }
    }
}
