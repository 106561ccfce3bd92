using Gristmill.Checkpoints;
using Gristmill.Protocol;

namespace Gristmill.Grains;

/// <summary>Sends an object piece by piece; the last one gives it its name.</summary>
internal sealed class ReplicatedObjectWriter(string name, string store, ReplicaCalls calls) : ObjectWriter
{
    private readonly Guid _upload = Guid.NewGuid();
    private byte[] _piece = new byte[16 * 1024];
    private int _filled;
    private long _sent;
    private bool _closed;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        cancellationToken.ThrowIfCancellationRequested();
        while (!bytes.IsEmpty)
        {
            if (_filled == ReplicatedMemoryStore.PieceBytes)
                await SendAsync(cancellationToken);
            if (_filled == _piece.Length)
                Array.Resize(ref _piece, Math.Min(2 * _piece.Length, ReplicatedMemoryStore.PieceBytes));
            int count = Math.Min(bytes.Length, _piece.Length - _filled);
            bytes[..count].CopyTo(_piece.AsMemory(_filled));
            _filled += count;
            bytes = bytes[count..];
        }
    }

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        cancellationToken.ThrowIfCancellationRequested();
        _closed = true;
        ReplicaOutcome outcome = await calls.MakeAsync(ReplicaOperationKind.Publish, name, _upload, _sent, _piece[.._filled], cancellationToken);
        _sent = 0;
        if (outcome == ReplicaOutcome.Conflict)
            throw new ObjectExistsException(name, store);
        Check(outcome);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        _closed = true;
        if (_sent == 0)
            return;
        _sent = 0;
        try
        {
            await calls.MakeAsync(ReplicaOperationKind.Abandon, "", _upload, 0, [], CancellationToken.None);
        }
        catch (CheckpointStoreException)
        {
            // The replicas drop an upload that is silent for an hour.
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        // What was sent is the replicas' from now on, on this silo without a copy.
        Check(await calls.MakeAsync(ReplicaOperationKind.Upload, "", _upload, _sent, _piece[.._filled], cancellationToken));
        _sent += _filled;
        _filled = 0;
    }

    private void Check(ReplicaOutcome outcome)
    {
        if (outcome != ReplicaOutcome.Done)
            throw new CheckpointStoreException($"The upload of '{name}' to {store} was dropped, since nothing came of it for an hour. Write the object again.");
    }
}
