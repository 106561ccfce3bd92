using System.Buffers;
using System.Runtime.ExceptionServices;
using Azure.Storage.Blobs.Specialized;

namespace Gristmill.AzureStorage.Internal;

/// <summary>
/// Uploads bytes as blocks that no blob is made of yet, several side by side, for one caller. In memory are at most the
/// blocks under way and the one being filled.
/// </summary>
internal sealed class BlockUpload(BlockBlobClient blob, AzureBlobOptions options) : IAsyncDisposable
{
    private const int FirstBuffer = 64 << 10;

    private readonly SemaphoreSlim _free = new(options.ParallelTransfers, options.ParallelTransfers);
    private readonly CancellationTokenSource _closing = new();
    private byte[] _buffer = [];
    private int _filled;
    private Exception? _error;
    private bool _closed;

    /// <summary>The upload's name.</summary>
    public string Id { get; } = BlockId.NewUpload();

    /// <summary>How many blocks it has.</summary>
    public int Blocks { get; private set; }

    /// <summary>How many bytes it has.</summary>
    public long Length { get; private set; }

    /// <summary>Takes bytes; waits while as many blocks are under way as may be.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            MakeRoom(bytes.Length);
            int count = Math.Min(bytes.Length, Math.Min(_buffer.Length, options.BlockBytes) - _filled);
            bytes[..count].CopyTo(_buffer.AsMemory(_filled));
            bytes = bytes[count..];
            _filled += count;
            Length += count;
            if (_filled == options.BlockBytes)
                await SendAsync(cancellationToken);
        }
    }

    /// <summary>Completes when all bytes are at the service, or throws what went wrong with any.</summary>
    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        if (_filled > 0)
            await SendAsync(cancellationToken);
        await QuiesceAsync(cancellationToken);
        ThrowIfFailed();
    }

    /// <summary>Gives up what is under way and waits until nothing reads a buffer any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closed)
            return;
        _closed = true;
        await _closing.CancelAsync();
        await QuiesceAsync(CancellationToken.None);
        Return(_buffer);
        _closing.Dispose();
        _free.Dispose();
    }

    /// <summary>Small objects need small buffers only: a buffer grows up to a block.</summary>
    private void MakeRoom(int wanted)
    {
        if (_filled < _buffer.Length)
            return;
        int size = Math.Clamp(Math.Max(_buffer.Length * 2, wanted), FirstBuffer, options.BlockBytes);
        byte[] larger = ArrayPool<byte>.Shared.Rent(size);
        _buffer.AsSpan(0, _filled).CopyTo(larger);
        Return(_buffer);
        _buffer = larger;
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        if (Blocks == BlockId.Most)
            throw new BlockLimitException($"'{blob.Name}' has {BlockId.Most:N0} blocks of {options.BlockBytes:N0} bytes, and the service takes no more; raise BlockBytes.");
        await _free.WaitAsync(cancellationToken);

        // Read once: a block that fails just now would otherwise take the permit with it, and the end would wait for it for ever.
        if (Volatile.Read(ref _error) is { } error)
        {
            _free.Release();
            ExceptionDispatchInfo.Throw(error);
        }

        (byte[] block, int length) = (_buffer, _filled);
        (_buffer, _filled) = ([], 0);
        _ = StageAsync(Blocks++, block, length);
    }

    private async Task StageAsync(int index, byte[] block, int length)
    {
        try
        {
            using var content = new MemoryStream(block, 0, length, writable: false);
            await blob.StageBlockAsync(BlockId.Of(Id, index), content, cancellationToken: _closing.Token);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _error, e, null);
        }
        finally
        {
            Return(block);
            _free.Release();
        }
    }

    private async ValueTask QuiesceAsync(CancellationToken cancellationToken)
    {
        int taken = 0;
        try
        {
            for (; taken < options.ParallelTransfers; taken++)
                await _free.WaitAsync(cancellationToken);
        }
        finally
        {
            if (taken > 0)
                _free.Release(taken);
        }
    }

    private void ThrowIfFailed()
    {
        if (Volatile.Read(ref _error) is { } error)
            ExceptionDispatchInfo.Throw(error);
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }
}
