using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>How long a commit has had trouble, what is said of it when, and when it is enough.</summary>
internal sealed class CommitWait(KafkaConnection connection, SinkContext context, string topic, bool isStart)
{
    private static readonly TimeSpan Unsaid = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SaidAgain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan NewTopic = TimeSpan.FromSeconds(3);

    private readonly long _begun = context.Time.GetTimestamp();
    private TimeSpan _lastSaid;
    private TimeSpan _pause = Shortest;
    private bool _said;

    /// <summary>Whether a topic that isn't there may yet come up.</summary>
    public bool MayStillAppear => Elapsed < (isStart && NewTopic < connection.StartTimeout ? NewTopic : connection.StartTimeout);

    private TimeSpan Elapsed => context.Time.GetElapsedTime(_begun);

    /// <summary>Throws if it is enough; warns if it is time to.</summary>
    public void OnTrouble(long? epoch, CommitSession session, Error error, SinkErrors errors) => OnTrouble(epoch, session.Refused, session.LastError, error, errors);

    /// <summary>Throws if it is enough; warns if it is time to.</summary>
    /// <param name="epoch">What is to be written; null: nothing yet, the way there is only made.</param>
    /// <param name="refused">That the credentials were not taken, if they weren't.</param>
    /// <param name="said">What the client complained of last.</param>
    /// <param name="error">What came of the last try.</param>
    /// <param name="errors">Puts them in words.</param>
    public void OnTrouble(long? epoch, Error? refused, Error? said, Error error, SinkErrors errors)
    {
        TimeSpan elapsed = Elapsed;
        // Credentials are the operator's to mend; but a broker on its way up refuses for a moment too.
        if (refused is not null && (isStart || elapsed >= connection.StartTimeout))
            throw isStart ? errors.WrongCredentials(topic, refused).AsPermanent() : errors.WrongCredentials(topic, refused);
        string reason = said is not null && said.Code != error.Code ? $"{errors.Say(said)}; {errors.Say(error)}" : errors.Say(error);
        if (isStart && elapsed >= connection.StartTimeout)
            throw errors.Unreachable(topic, reason);
        if (elapsed < (_said ? _lastSaid + SaidAgain : Unsaid))
            return;
        (_said, _lastSaid) = (true, elapsed);
        if (epoch is { } written)
            SinkLog.Waits(context.Logger, context.Operator, written, topic, connection.BootstrapServers, (long)elapsed.TotalSeconds, reason);
        else
            SinkLog.WaitsToOpen(context.Logger, context.Operator, topic, connection.BootstrapServers, (long)elapsed.TotalSeconds, reason);
    }

    /// <summary>Says that it is through, if it ever said that it isn't.</summary>
    /// <param name="epoch">What is there now, by this try or one before; null: nothing was to be written.</param>
    public void Through(long? epoch)
    {
        if (!_said)
            return;
        if (epoch is { } written)
            SinkLog.GoesOn(context.Logger, context.Operator, written, topic, (long)Elapsed.TotalSeconds);
        else
            SinkLog.Opens(context.Logger, context.Operator, topic, (long)Elapsed.TotalSeconds);
    }

    public void BackOff(CancellationToken cancellationToken)
    {
        cancellationToken.WaitHandle.WaitOne(_pause);
        _pause = _pause * 2 > Longest ? Longest : _pause * 2;
    }
}
