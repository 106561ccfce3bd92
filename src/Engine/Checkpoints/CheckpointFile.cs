using System.Buffers;
using Gristmill.Checkpoints.Internal;

namespace Gristmill.Checkpoints;

/// <summary>A node's file of a checkpoint being written: blocks, one after the other.</summary>
/// <remarks>
/// One call at a time. Large payloads are compressed and encrypted first, and hashed while they are written, off the caller's
/// thread, except over a store in memory: there is nothing to wait for, and the simulation keeps everything on one thread.
/// </remarks>
public sealed class CheckpointFile : IAsyncDisposable
{
    private readonly ObjectWriter _writer;
    private readonly BlockEncoder? _encoder;
    private readonly bool _offCaller;
    private bool _broken;

    private CheckpointFile(string name, ObjectWriter writer, BlockEncoder? encoder, bool offCaller)
    {
        Name = name;
        _writer = writer;
        _encoder = encoder;
        _offCaller = offCaller;
    }

    /// <summary>The object's name.</summary>
    public string Name { get; }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>Starts a file; nothing is visible before <see cref="CompleteAsync"/>.</summary>
    public static ValueTask<CheckpointFile> CreateAsync(ICheckpointStore store, string name, CancellationToken cancellationToken = default) =>
        CreateAsync(store, name, BlockEncoding.Plain, cancellationToken);

    /// <summary>Starts a file whose blocks are compressed, encrypted or both; nothing is visible before <see cref="CompleteAsync"/>.</summary>
    public static async ValueTask<CheckpointFile> CreateAsync(ICheckpointStore store, string name, BlockEncoding encoding, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(encoding);
        var writer = await store.CreateAsync(name, cancellationToken);
        var encoder = encoding == BlockEncoding.Plain ? null : new BlockEncoder(encoding, name);
        return new CheckpointFile(name, writer, encoder, store.Durability != StoreDurability.Memory);
    }

    /// <summary>Appends a block. After an exception the file can only be disposed.</summary>
    public ValueTask<BlockInfo> AppendAsync(BlockHeader header, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        AppendAsync(header, new ReadOnlySequence<byte>(payload), cancellationToken);

    /// <summary>Appends a block. After an exception the file can only be disposed.</summary>
    public async ValueTask<BlockInfo> AppendAsync(BlockHeader header, ReadOnlySequence<byte> payload, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (_broken)
            throw new InvalidOperationException($"An earlier write to '{Name}' failed, so the file can only be disposed.");
        if (_encoder is null)
            return await WriteAsync(header, BlockCodec.EncodeFront(header, payload.Length), payload, cancellationToken);
        // An offset is encrypted for once: its key is derived from it.
        _broken = true;
        using var block = await _encoder.EncodeAsync(header, payload, Length, _offCaller);
        return await WriteAsync(header, block.Front, new ReadOnlySequence<byte>(block.Payload), cancellationToken);
    }

    /// <summary>Makes the file durable and visible, whole.</summary>
    public ValueTask CompleteAsync(CancellationToken cancellationToken = default) => _broken
        ? throw new InvalidOperationException($"An earlier write to '{Name}' failed, so the file cannot be completed.")
        : _writer.CompleteAsync(cancellationToken);

    /// <summary>Frees the file; one that was not completed leaves nothing behind.</summary>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private async ValueTask<BlockInfo> WriteAsync(BlockHeader header, byte[] front, ReadOnlySequence<byte> payload, CancellationToken cancellationToken)
    {
        // Part of a block may be written when a write fails; a later block would lie elsewhere than its offset says.
        _broken = true;
        var hashing = BlockHash.ComputeAsync(front, payload, _offCaller);
        try
        {
            await _writer.WriteAsync(front, cancellationToken);
            foreach (var segment in payload)
                await _writer.WriteAsync(segment, cancellationToken);
        }
        finally
        {
            // The caller's buffers are being read until the hash is done, whatever became of the write.
            await hashing;
        }
        var info = BlockCodec.Describe(header, Name, Length, front.Length + payload.Length, await hashing);
        Length += info.Length;
        _broken = false;
        return info;
    }
}
