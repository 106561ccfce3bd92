using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

internal sealed partial class Fetcher<T>
{
    private static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(2);

    private bool _topicIsGone;
    private Exception? _failure;

    private void OnClientError(Error error)
    {
        if (error.IsFatal || error.Code is ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed)
            FailAll(new KafkaSourceException($"Source '{_context.Operator}': Kafka at {_setup.Connection}: {KafkaErrors.Cause(_setup.Connection, error)}"));
        else if (IsGone(error.Code))
            _topicIsGone = true;
        else
            _outage.OnError(error);
    }

    private static bool IsGone(ErrorCode code) => code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition;

    /// <summary>The client says that something it reads is gone, after it has looked for a while, and does not say what.</summary>
    private void FindGone()
    {
        if (!_topicIsGone)
            return;
        try
        {
            using IAdminClient cluster = new DependentAdminClientBuilder(_client.Handle).Build();
            foreach (IGrouping<string, PartitionFeed<T>> topic in _feeds.Values.GroupBy(feed => feed.Partition.Topic))
            {
                TopicMetadata now = cluster.GetMetadata(topic.Key, LookTimeout).Topics[0];
                if (now.Error.IsError && !IsGone(now.Error.Code))
                    continue;
                foreach (PartitionFeed<T> feed in topic.Where(feed => !now.Partitions.Exists(there => there.PartitionId == feed.Partition.Partition.Value)))
                    Fail(feed, new Error(ErrorCode.UnknownTopicOrPart));
            }

            _topicIsGone = false;
        }
        catch (KafkaException e)
        {
            _outage.OnError(e.Error);
        }
    }

    private void Fail(PartitionFeed<T> feed, Error error)
    {
        HandOver(feed);
        feed.Fail(new KafkaSourceException($"Source '{_context.Operator}': {Name(feed)}: {KafkaErrors.Cause(_setup.Connection, error)}"));
    }

    private void OnConsumeError(ConsumeException e)
    {
        Error error = e.Error;
        if (KafkaErrors.IsOfGroup(error.Code))
        {
            OnCommitFailed(error);
            return;
        }

        if (KafkaErrors.IsTransient(error.Code))
        {
            _outage.OnError(error);
            return;
        }

        // Errors bear the topic as records do; one without a partition concerns all.
        int partition = e.ConsumerRecord.Partition.Value;
        if (partition < 0)
        {
            FailAll(new KafkaSourceException($"Source '{_context.Operator}': {KafkaErrors.Cause(_setup.Connection, error)}"));
            return;
        }

        if (FeedOf(e.ConsumerRecord.Topic, partition) is not { } feed)
            return;
        if (error.Code is ErrorCode.Local_AutoOffsetReset or ErrorCode.OffsetOutOfRange)
            _expired.Add(feed);
        else
            Fail(feed, error);
    }

    private static string Name(PartitionFeed<T> feed) => $"topic '{feed.Partition.Topic}', partition {feed.Partition.Partition.Value}";

    private void FailAll(Exception error)
    {
        HandOverAll();
        _failure = error;
        foreach (PartitionFeed<T> feed in _feeds.Values)
            feed.Fail(error);
    }

    /// <summary>Nothing can be fetched any more: whoever reads is told so.</summary>
    private void FailUntilStopped(Exception error)
    {
        var told = new KafkaSourceException($"Source '{_context.Operator}': reading from Kafka failed: {KafkaErrors.Clean(_setup.Connection, error.Message)}");
        FailAll(told);
        while (!_stopping)
        {
            while (_requests.TryDequeue(out Request request))
            {
                if (request.Verb == Verb.Add)
                    request.Feed.Fail(told);
            }

            WaitToBePoked(FullWait);
        }
    }

    /// <summary>Partitions whose position is out of their range: what is lost must be known first, and then said.</summary>
    private void ResolveExpired()
    {
        for (int i = _expired.Count - 1; i >= 0; i--)
        {
            PartitionFeed<T> feed = _expired[i];
            try
            {
                TopicPartition[] asked = [feed.Partition];
                long first = Offsets.At(_client, asked, Offsets.First, LookTimeout)[feed.Partition];
                long end = Offsets.At(_client, asked, Offsets.End, LookTimeout)[feed.Partition];
                _expired.RemoveAt(i);
                Resolve(feed, first, end);
            }
            catch (KafkaException e) when (KafkaErrors.IsTransient(e.Error.Code))
            {
                _outage.OnError(e.Error);
            }
        }
    }

    private void Resolve(PartitionFeed<T> feed, long first, long end)
    {
        // A replica that was behind may have been asked; then nothing is lost.
        long goOn = feed.Next;
        if (feed.Next < first || feed.Next > end)
        {
            string loss = Loss(feed, first, end);
            if (_setup.Options.WhenExpired == ExpiredOffsets.Fail)
            {
                var cause = new KafkaSourceException(
                    $"Source '{_context.Operator}': {loss} Set WhenExpired to Earliest or Latest to go on without them, or start the job anew; keep records longer (retention.ms, retention.bytes of the topic) for the next time.");
                feed.Fail(new JobFailedException(cause.Message, cause));
                return;
            }

            goOn = _setup.Options.WhenExpired == ExpiredOffsets.Earliest ? first : end;
            ReadLog.Expired(_context.Logger, _context.Operator, loss, goOn);
        }

        // May be less than before, where the topic was made anew.
        feed.Next = goOn;
        feed.ForgetEnd();
        _client.IncrementalUnassign([feed.Partition]);
        _client.IncrementalAssign([new TopicPartitionOffset(feed.Partition, goOn)]);
    }

    private static string Loss(PartitionFeed<T> feed, long first, long end)
    {
        long wanted = feed.Next;
        return wanted < first
            ? FormattableString.Invariant($"{Name(feed)}: the job is at offset {wanted}, but the first record there is now has offset {first}: the {first - wanted} offsets from {wanted} to {first - 1} were deleted before they were read.")
            : FormattableString.Invariant($"{Name(feed)}: the job is at offset {wanted}, but the partition ends at offset {end}: the topic was deleted and made anew, or its brokers have lost {wanted - end} records that were read; what is there now (from offset {first}) may never have been read.");
    }
}
