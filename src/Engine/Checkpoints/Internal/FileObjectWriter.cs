namespace Gristmill.Checkpoints.Internal;

/// <summary>An object being written to a temporary file.</summary>
internal sealed class FileObjectWriter(FileTree tree, string name, string store, TempFile file) : ObjectWriter
{
    private long _length;
    private bool _closed;
    private bool _broken;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable();
        if (bytes.IsEmpty)
            return;
        _broken = true;
        try
        {
            await RandomAccess.WriteAsync(file.Handle, bytes, _length, cancellationToken);
        }
        catch (Exception e) when (FileErrors.IsIo(e))
        {
            throw FileErrors.Explain(e, file.Target, "write");
        }
        _length += bytes.Length;
        _broken = false;
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable();
        cancellationToken.ThrowIfCancellationRequested();
        // Whatever comes of it, there is no second try: after a failed fsync the kernel may have dropped the pages, and a
        // second one would succeed without them.
        _closed = true;
        if (!await IoPool.Run(file.Publish))
            throw new ObjectExistsException(name, store);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        _closed = true;
        await IoPool.Run(() =>
        {
            file.Dispose();
            tree.RemoveEmptyFolders(file.Target);
        });
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_broken)
            throw new InvalidOperationException($"An earlier write to '{name}' failed, so it can only be disposed.");
    }
}
