namespace Gristmill.Files.Internal;

/// <summary>
/// The one place that takes blocking file calls (open, list, fsync, rename) off the caller's thread. The operating systems
/// have no asynchronous form of them, so a pool thread has to wait; the result is handed over by the task, and whoever
/// awaits it goes on where it was (a grain's turn, a worker), never on the pool thread's stack.
/// </summary>
internal static class BackgroundWork
{
    public static Task<TResult> RunAsync<TResult>(Func<TResult> work)
    {
        var item = new Item<TResult>(work);
        ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
        return item.Completion.Task;
    }

    public static Task RunAsync(Action work) => RunAsync(() =>
    {
        work();
        return true;
    });

    private sealed class Item<TResult>(Func<TResult> work) : IThreadPoolWorkItem
    {
        public readonly TaskCompletionSource<TResult> Completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Execute()
        {
            try
            {
                Completion.SetResult(work());
            }
            catch (Exception e)
            {
                Completion.SetException(e);
            }
        }
    }
}
