using System.Collections;
using Gristmill.Checkpoints;
using Gristmill.Protocol;

namespace Gristmill.Jobs;

/// <summary>
/// Makes the list of blocks of a checkpoint that holds changes only: those of the checkpoint it builds on that are still
/// needed, then its own. A subtask's changes are those since a checkpoint it knows to be committed. That one is never newer
/// than the newest committed one, and changes since an older checkpoint may be put on top of a newer one just as well.
/// </summary>
internal static class BlockChains
{
    /// <summary>All blocks a restore needs, in the order to apply them.</summary>
    /// <param name="before">Blocks of the newest committed checkpoint.</param>
    /// <param name="written">Blocks of this one.</param>
    /// <param name="keyGroups">Key groups of the job.</param>
    /// <param name="faults">Mutants that tests plant.</param>
    public static IReadOnlyList<BlockInfo> Compose(
        IReadOnlyList<BlockInfo> before, IReadOnlyList<BlockInfo> written, int keyGroups, ProtocolFaults faults = ProtocolFaults.None)
    {
        var replaced = new Dictionary<(string Operator, string Table), BitArray>();
        foreach (BlockInfo block in written)
            Replace(replaced, block, keyGroups);

        // From new to old, since a block can be void because of several later ones together.
        var kept = new List<BlockInfo>();
        for (int i = before.Count - 1; i >= 0; i--)
        {
            if (!before[i].IsState || IsVoid(replaced, before[i], (faults & ProtocolFaults.VoidTooEarly) != 0))
                continue;
            kept.Add(before[i]);
            Replace(replaced, before[i], keyGroups);
        }

        kept.Reverse();
        return [.. kept, .. written];
    }

    private static bool IsVoid(Dictionary<(string Operator, string Table), BitArray> replaced, BlockInfo block, bool isAnyEnough)
    {
        if (!replaced.TryGetValue((block.Operator, block.Name), out BitArray? groups))
            return false;
        for (int group = block.FirstKeyGroup; group <= block.LastKeyGroup; group++)
        {
            if (groups[group] == isAnyEnough)
                return isAnyEnough;
        }

        return !isAnyEnough;
    }

    private static void Replace(Dictionary<(string Operator, string Table), BitArray> replaced, BlockInfo block, int keyGroups)
    {
        if (block.Kind != BlockKind.Base)
            return;
        if (!replaced.TryGetValue((block.Operator, block.Name), out BitArray? groups))
            replaced.Add((block.Operator, block.Name), groups = new BitArray(keyGroups));
        for (int group = block.FirstKeyGroup; group <= block.LastKeyGroup; group++)
            groups[group] = true;
    }
}
