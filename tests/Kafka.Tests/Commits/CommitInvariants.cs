namespace Gristmill.Kafka.Tests.Commits;

/// <summary>What must be in every world, and what in the last ones.</summary>
internal static class CommitInvariants
{
    /// <summary>What readers of committed transactions see: whole epochs, each once, in order, and all of them named by a head.</summary>
    public static void Check(CommitWorld world)
    {
        Span<int> last = stackalloc int[3];
        for (int i = 0; i < world.Log.Length; i += 2)
        {
            Half half = world.Log[i];
            if (i + 1 == world.Log.Length || half.Number != 0 || world.Log[i + 1] != half with { Number = 1 })
                throw new CommitViolationException($"Epoch {half.Epoch} is there in part, or mixed with another.");
            if (half.Epoch <= last[half.Lineage])
                throw new CommitViolationException($"Epoch {half.Epoch} of lineage {half.Lineage} comes after {last[half.Lineage]}.");
            last[half.Lineage] = half.Epoch;
            if (!world.Named.Contains(half))
                throw new CommitViolationException($"Epoch {half.Epoch} is there as generation {half.Stager + 1} staged it, and no head ever named that.");
        }
    }

    /// <summary>Nothing moves any more: what the heads named is there, unless somebody said why not.</summary>
    public static void CheckEnd(CommitWorld world)
    {
        if (world.Processes.Any(process => process.Place == Place.Refused))
            return;
        foreach (Half half in world.Owed)
        {
            bool isCompleted = world.Processes.Any(process => process.Place == Place.Completed && process.Lineage == half.Lineage);
            if (isCompleted && !world.Log.Contains(half))
                throw new CommitViolationException($"Epoch {half.Epoch} of lineage {half.Lineage} is not there.");
        }
    }
}
