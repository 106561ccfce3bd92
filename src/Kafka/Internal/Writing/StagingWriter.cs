using System.Buffers;

namespace Gristmill.Kafka.Internal;

/// <summary>Keeps a subtask's records of the running epoch, to hand them to the checkpoint. Nothing is at the broker before the head has moved.</summary>
internal sealed class StagingWriter<T>(KafkaSerializer<T> serialize, KafkaWriteOptions options, RecordName own)
    : SinkWriter<T, KafkaStaged>
{
    private const int ChunkSize = 256 << 10;

    /// <summary>
    /// The part of an epoch's bytes that is taken while an earlier one is being written: a job that reads faster than Kafka
    /// takes its output waits here, not until memory is full.
    /// </summary>
    private const int PartAhead = 16;

    private readonly KafkaRecordBuilder _builder = new();
    private byte[] _chunk = [];
    private int _filled;
    private List<byte[]> _full = [];
    private long _fullBytes;
    private long _records;
    private readonly Queue<(long Epoch, long Bytes)> _unpublished = [];
    private long _unpublishedBytes;

    public override bool PrefersToWait => _fullBytes + _filled >= options.MaxEpochBytes / PartAhead;

    public override void OnSettled(long epoch, bool isPublished)
    {
        while (isPublished && _unpublished.TryPeek(out (long Epoch, long Bytes) oldest) && oldest.Epoch <= epoch)
            _unpublishedBytes -= _unpublished.Dequeue().Bytes;
    }

    public override void Write(ReadOnlySpan<T> records)
    {
        foreach (ref readonly T record in records)
        {
            _builder.Take(serialize, in record);
            int size = RecordLimit.Check(_builder, own.Topic, options.MaxRecordBytes);
            Reserve(RecordFrame.RoomFor(_builder, size));
            _filled += RecordFrame.Write(_chunk.AsSpan(_filled), _builder);
            _records++;
        }
    }

    public override ValueTask<StagedOutput<KafkaStaged>?> StageAsync(long epoch, CancellationToken cancellationToken)
    {
        if (_records == 0)
            return ValueTask.FromResult<StagedOutput<KafkaStaged>?>(null);
        CloseChunk();
        var staged = new StagedOutput<KafkaStaged>(new KafkaStaged(own.TransactionalId, own.Topic, own.Lineage, _records, _full), _records, _fullBytes);
        _unpublished.Enqueue((epoch, _fullBytes));
        _unpublishedBytes += _fullBytes;
        (_full, _fullBytes, _records) = ([], 0, 0);
        return ValueTask.FromResult<StagedOutput<KafkaStaged>?>(staged);
    }

    public override ValueTask DisposeAsync()
    {
        Return();
        return base.DisposeAsync();
    }

    private void Reserve(int bytes)
    {
        if (_chunk.Length - _filled >= bytes)
            return;
        CloseChunk();
        if (_unpublishedBytes + _fullBytes + bytes > options.MaxEpochBytes)
        {
            throw new KafkaSinkException(own.Topic, $"The records for '{own.Topic}' since the last complete checkpoint are more than MaxEpochBytes ({options.MaxEpochBytes:N0} bytes a subtask), "
                + "and all are kept in memory until it. Set a shorter checkpoint interval, more parallelism, or a higher MaxEpochBytes at the sink.");
        }
        _chunk = ArrayPool<byte>.Shared.Rent(Math.Max(ChunkSize, bytes + 1));
        _chunk[0] = RecordFrame.Version;
        _filled = 1;
    }

    private void CloseChunk()
    {
        if (_filled > 1)
        {
            _full.Add(_chunk.AsSpan(0, _filled).ToArray());
            _fullBytes += _filled;
        }
        Return();
    }

    private void Return()
    {
        if (_chunk.Length > 0)
            ArrayPool<byte>.Shared.Return(_chunk);
        (_chunk, _filled) = ([], 0);
    }
}
