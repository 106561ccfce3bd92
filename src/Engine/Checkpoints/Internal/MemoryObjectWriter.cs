using System.Buffers;

namespace Gristmill.Checkpoints.Internal;

/// <summary>Collects an object's bytes and publishes them whole.</summary>
internal sealed class MemoryObjectWriter(Action<ReadOnlyMemory<byte>> publish) : ObjectWriter
{
    private readonly ArrayBufferWriter<byte> _content = new();
    private bool _closed;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        cancellationToken.ThrowIfCancellationRequested();
        _content.Write(bytes.Span);
        return default;
    }

    public override ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        cancellationToken.ThrowIfCancellationRequested();
        _closed = true;
        publish(_content.WrittenMemory);
        return default;
    }

    protected override ValueTask DisposeAsyncCore()
    {
        _closed = true;
        return default;
    }
}
