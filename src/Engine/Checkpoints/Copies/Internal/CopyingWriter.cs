namespace Gristmill.Checkpoints.Internal;

/// <summary>Writes an object to the remote store and a copy of it to the folder. Only the remote store's failures are the caller's.</summary>
internal sealed class CopyingWriter(LocalCopies copies, string name, ObjectWriter remote, ObjectWriter? copy) : ObjectWriter
{
    private ObjectWriter? _copy = copy;
    private long _reserved;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        Task copying = CopyAsync(bytes);
        try
        {
            await remote.WriteAsync(bytes, cancellationToken);
        }
        finally
        {
            // The caller's buffer is being read until both are through. This one never throws.
            await copying;
        }
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        await remote.CompleteAsync(cancellationToken);
        // A copy of something that is not there would be read in its place.
        if (_copy is not { } copy)
            return;
        try
        {
            // What has the name is of an object that was deleted elsewhere.
            await copies.DropFileAsync(name);
            await copy.CompleteAsync(CancellationToken.None);
            copies.Index.Add(name, _reserved);
            _reserved = 0;
        }
        catch (Exception e) when (LocalCopies.IsLocal(e))
        {
            copies.Failed(name, e);
        }
        await AbandonAsync();
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await AbandonAsync();
        await remote.DisposeAsync();
    }

    private async Task CopyAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_copy is not { } copy)
            return;
        try
        {
            if (await copies.TryReserveAsync(bytes.Length))
            {
                _reserved += bytes.Length;
                await copy.WriteAsync(bytes, CancellationToken.None);
                return;
            }
        }
        catch (Exception e) when (LocalCopies.IsLocal(e))
        {
            copies.Failed(name, e);
        }
        await AbandonAsync();
    }

    /// <summary>Frees the copy's file, which is gone if it was not completed.</summary>
    private async Task AbandonAsync()
    {
        if (_copy is not { } copy)
            return;
        _copy = null;
        copies.Index.Release(_reserved);
        _reserved = 0;
        try
        {
            await copy.DisposeAsync();
        }
        catch (Exception e) when (LocalCopies.IsLocal(e))
        {
            copies.Failed(name, e);
        }
    }
}
