using Gristmill.Files.Tests;

namespace Gristmill.AzureStorage.Tests;

/// <summary>Lets so many records pass and holds the next one until it is opened.</summary>
public sealed class Gate(int count) : IDisposable
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _open = new();
    private int _passed;

    /// <summary>Completes when a record is held.</summary>
    public Task Reached => _reached.Task;

    public void Open() => _open.Set();

    /// <summary>A worker that is held would outlive a test that failed.</summary>
    public void Dispose() => Open();

    internal Item Hold(Item item)
    {
        if (Interlocked.Increment(ref _passed) > count)
        {
            _reached.TrySetResult();
            _open.Wait();
        }
        return item;
    }
}

internal static class GateExtensions
{
    /// <summary>No gate lets everything pass.</summary>
    public static Item Pass(this Gate? gate, Item item) => gate is null ? item : gate.Hold(item);
}
