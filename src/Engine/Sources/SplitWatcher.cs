namespace Gristmill;

/// <summary>Finds splits that come to be while the job runs, for one subtask. Used by one thread at a time.</summary>
/// <typeparam name="TPosition">The source's position type.</typeparam>
public abstract class SplitWatcher<TPosition> : IDisposable
{
    /// <summary>
    /// The splits that exist now and may be new, each at its very first record; those that are known, or another subtask's,
    /// are left out by the engine. Asked between reads. Must not block: <see cref="SourceContext.Wake"/> has it asked.
    /// </summary>
    /// <returns>Empty: nothing has been found since it was last asked.</returns>
    public abstract IReadOnlyList<SourceSplit<TPosition>> TakeFound();

    /// <summary>Stops watching.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Stops watching.</summary>
    /// <param name="disposing">Always true here; the pattern's parameter.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
