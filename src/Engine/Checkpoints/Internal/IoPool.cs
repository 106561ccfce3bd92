namespace Gristmill.Checkpoints.Internal;

/// <summary>
/// The edge where blocking calls leave the caller's thread. Opening, linking, listing and syncing files have no asynchronous
/// form, and a worker or a grain must not wait for a disk. Hashing a large block goes the same way. This is the one place of
/// the engine that hands work to the thread pool; whoever awaits goes on in his own context.
/// </summary>
internal static class IoPool
{
    /// <summary>Runs blocking work on the pool.</summary>
    public static Task<T> Run<T>(Func<T> work)
    {
        // Without the flag the caller's continuation would run inside the pool item that completes the task.
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static item => item.Execute(), new Item<T>(work, done), preferLocal: false);
        return done.Task;
    }

    /// <summary>Runs blocking work on the pool.</summary>
    public static Task Run(Action work) => Run(() =>
    {
        work();
        return true;
    });

    private sealed record Item<T>(Func<T> Work, TaskCompletionSource<T> Done)
    {
        public void Execute()
        {
            try
            {
                Done.SetResult(Work());
            }
            catch (Exception e)
            {
                Done.SetException(e);
            }
        }
    }
}
