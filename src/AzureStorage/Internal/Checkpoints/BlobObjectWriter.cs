using Gristmill.Checkpoints;

namespace Gristmill.AzureStorage.Internal;

/// <summary>An object being uploaded as blocks.</summary>
internal sealed class BlobObjectWriter(AzureBlobContainer container, string blob, string name, string store) : ObjectWriter
{
    private readonly BlockUpload _upload = new(container.Blob(blob), container.Options);
    private bool _closed;
    private bool _broken;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable();
        cancellationToken.ThrowIfCancellationRequested();
        // Part of the bytes may be taken when a write fails.
        _broken = true;
        try
        {
            await _upload.WriteAsync(bytes, cancellationToken);
        }
        catch (Exception e) when (BlobErrors.IsService(e, cancellationToken))
        {
            throw Explain(e);
        }
        _broken = false;
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfUnusable();
        cancellationToken.ThrowIfCancellationRequested();
        _closed = true;
        try
        {
            await _upload.FinishAsync(cancellationToken);
            switch (await BlobMark.CreateAsync(container.Blob(blob), _upload.Id, _upload.Blocks, null, cancellationToken))
            {
                case BlobCreation.Anothers:
                    throw new ObjectExistsException(name, store);
                case BlobCreation.Missing:
                    throw new CheckpointStoreException($"'{name}' could not be completed in {store}: the service no longer has what was uploaded of it. "
                        + "It drops that after a week, or when another writes a blob of that name and deletes it.");
            }
        }
        catch (Exception e) when (BlobErrors.IsService(e, cancellationToken))
        {
            throw Explain(e);
        }
    }

    protected override ValueTask DisposeAsyncCore()
    {
        _closed = true;
        return _upload.DisposeAsync();
    }

    private CheckpointStoreException Explain(Exception e) => new($"Cannot write '{name}' in {store}: {BlobErrors.Cause(e)}", e);

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_broken)
            throw new InvalidOperationException($"An earlier write to '{name}' failed, so it can only be disposed.");
    }
}
