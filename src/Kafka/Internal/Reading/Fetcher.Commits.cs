using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>
/// Offsets on their way to the group. A consumer commits what it has when it is closed, which takes as long as the brokers take,
/// and the group takes what comes last, whatever it says. So a fetcher waits with its own until those of the generations before
/// are closed. It does not know of another process's; there the next checkpoint puts right what such a one may set back.
/// </summary>
internal sealed partial class Fetcher<T>
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _olderClosed;
    private readonly Dictionary<PartitionFeed<T>, long> _toStore = [];
    private bool _commitsFail;

    private bool MayStore => _toStore.Count != 0 && _olderClosed.IsCompleted;

    private void Store()
    {
        if (!MayStore)
            return;
        foreach ((PartitionFeed<T> feed, long offset) in _toStore)
        {
            try
            {
                _client.StoreOffset(new TopicPartitionOffset(feed.Partition, offset));
            }
            catch (KafkaException e)
            {
                OnCommitFailed(e.Error);
            }
        }

        _toStore.Clear();
    }

    private void OnCommitted(CommittedOffsets committed)
    {
        Error error = committed.Error.IsError ? committed.Error : committed.Offsets.FirstOrDefault(offset => offset.Error.IsError)?.Error ?? committed.Error;
        if (error.Code == ErrorCode.Local_NoOffset)
            return;
        if (error.IsError)
            OnCommitFailed(error);
        else
            _commitsFail = false;
    }

    private void OnCommitFailed(Error error)
    {
        if (_setup.Options.GroupId is { } group && !_commitsFail)
            ReadLog.CommitsFail(_context.Logger, _context.Operator, _context.Subtask, group, KafkaErrors.Cause(_setup.Connection, error));
        _commitsFail = true;
    }

    private void Close()
    {
        try
        {
            if (_client is null)
                return;
            // What the last checkpoint holds is committed still: where the job stops, nobody else does it.
            CarryOutCommits();
            _client.Close();
        }
        catch (Exception e)
        {
            ReadLog.CloseFailed(_context.Logger, _context.Operator, _context.Subtask, KafkaErrors.Clean(_setup.Connection, e.Message));
        }
        finally
        {
            _client?.Dispose();
            _closed.SetResult();
        }
    }

    private void CarryOutCommits()
    {
        while (_requests.TryDequeue(out Request request))
        {
            if (request.Verb == Verb.Commit && IsKnown(request.Feed))
                _toStore[request.Feed] = request.Offset;
        }

        Store();
    }
}
