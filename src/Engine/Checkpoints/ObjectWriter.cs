namespace Gristmill.Checkpoints;

/// <summary>A new object being written, front to back, by one caller at a time.</summary>
public abstract class ObjectWriter : IAsyncDisposable
{
    /// <summary>Appends bytes; the buffer may be reused when the task has completed.</summary>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default);

    /// <summary>Makes the object durable and visible, whole. Call it once, last.</summary>
    /// <exception cref="ObjectExistsException">Another object has the name; it is untouched and this one is dropped.</exception>
    public abstract ValueTask CompleteAsync(CancellationToken cancellationToken = default);

    /// <summary>Frees the writer; an object that was not completed leaves nothing behind.</summary>
    public async ValueTask DisposeAsync()
    {
        await DisposeAsyncCore();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the writer holds and drops an object that was not completed; may be called twice.</summary>
    protected abstract ValueTask DisposeAsyncCore();
}
