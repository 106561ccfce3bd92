using Gristmill.Spill;

namespace Gristmill;

/// <summary>Keyed state larger than memory.</summary>
public static class SpillStateExtensions
{
    /// <summary>
    /// Keeps only as much keyed state in memory as there is room for; the rest lies on a local disk, in scratch files that
    /// end with the job: checkpoints alone are what a job is restored from. Records whose keys are on disk wait for it.
    /// </summary>
    /// <param name="options">Where a process's jobs keep state.</param>
    /// <param name="folder">
    /// A folder on a local, fast disk with room for two to three times the state. It is made if it is not there; processes may
    /// share it. What a killed process has left in it is deleted by the next one that spills there.
    /// </param>
    /// <param name="memoryBudgetBytes">
    /// For all tables of the process together, in bytes: 1 MB (1,048,576) or more; each has an equal share. It covers the
    /// entries in memory: their slots, those that are free included, and what they refer to on the heap, as far as the encoded size of
    /// samples tells. It holds after each batch; the new keys of one batch come on top until then. Not covered are 15 to 19 bytes
    /// for each entry on disk, 3 MB of buffers a table, timers, the keys of open windows, and what checkpoints need while they are written.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> or <paramref name="folder"/> is null.</exception>
    public static StateOptions UseSpill(this StateOptions options, string folder, long memoryBudgetBytes)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(folder);
        options.Spill = new SpillBackend(folder, new SpillSettings { MemoryBudgetBytes = memoryBudgetBytes });
        return options;
    }
}
