using System.Collections.Immutable;
using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Has a session do what the machine decides, until the goal is reached. Transport trouble is waited out; what waiting can't mend is thrown.</summary>
internal sealed class CommitRun(KafkaConnection connection, CommitSession session, SinkContext context, Action<CommitStep, long>? onStep)
{
    private static readonly Error QueueFull = new(ErrorCode.Local_QueueFull);

    private readonly SinkErrors _errors = new(connection);

    public required RecordName Name { get; init; }

    /// <summary>What is staged, by epoch; empty for a goal that publishes nothing.</summary>
    public ImmutableSortedDictionary<long, ImmutableArray<KafkaStaged>> Outputs { get; init; } = ImmutableSortedDictionary<long, ImmutableArray<KafkaStaged>>.Empty;

    /// <summary>Whether the cluster must answer within the connection's StartTimeout.</summary>
    public bool IsStart { get; init; }

    /// <summary>Runs to the goal; the machine comes back as far as it got, also when this throws.</summary>
    public void Reach(ref CommitMachine machine, CancellationToken cancellationToken)
    {
        var wait = new CommitWait(connection, context, Name.Topic, IsStart);
        try
        {
            while (machine.Next is not CommitStep.Done and not CommitStep.Refuse)
            {
                cancellationToken.ThrowIfCancellationRequested();
                CommitStep step = machine.Next;
                long epoch = step is CommitStep.Begin ? machine.NextEpoch : machine.Epoch;
                try
                {
                    onStep?.Invoke(step, epoch);
                    machine = Do(step, machine, wait, cancellationToken);
                }
                catch (KafkaException e)
                {
                    machine = OnFailure(ref machine, step, CauseOf(e, step, machine), wait, cancellationToken);
                    if (machine.Goal == CommitGoal.Renew)
                        throw;
                }
            }

            if (machine.Next == CommitStep.Done)
                wait.Through(machine.Goal == CommitGoal.Publish ? Outputs.Keys.Last() : null);
        }
        finally
        {
            // Whatever ended it between two steps: nothing may be begun on top of a transaction that is open.
            if (machine.Phase is not CommitPhase.None and not CommitPhase.Idle)
            {
                session.End(isOrderly: true);
                machine = machine.On(CommitAnswer.Lost);
            }
        }
    }

    private CommitMachine Do(CommitStep step, CommitMachine machine, CommitWait wait, CancellationToken cancellationToken)
    {
        switch (step)
        {
            case CommitStep.Initialise:
                session.Initialise(Name.Topic);
                break;
            case CommitStep.Ask:
                return session.Ask(Name) is { } epoch ? machine.OnRecord(epoch) : machine.OnNoRecord();
            case CommitStep.Begin:
                session.Begin();
                break;
            case CommitStep.Write:
                session.Write(Name.Topic, Outputs[machine.Epoch], () => wait.OnTrouble(machine.Epoch, session, QueueFull, _errors), cancellationToken);
                break;
            case CommitStep.Record:
                session.Record(Name, machine.Epoch);
                break;
            default:
                session.Commit(cancellationToken);
                break;
        }

        return machine.On(CommitAnswer.Done);
    }

    /// <summary>A transaction that has failed while it was written says only that it has, until it is asked for something else.</summary>
    private KafkaException CauseOf(KafkaException error, CommitStep step, CommitMachine machine)
    {
        if (step != CommitStep.Write || error.Error.Code != ErrorCode.Local_State)
            return error;
        try
        {
            // Should it succeed, it is still not committed.
            session.Record(Name, machine.Epoch);
            return error;
        }
        catch (KafkaException cause)
        {
            return cause;
        }
    }

    private CommitMachine OnFailure(ref CommitMachine machine, CommitStep step, KafkaException error, CommitWait wait, CancellationToken cancellationToken)
    {
        // The client is still at it, and the same call goes on.
        bool goesOn = error is KafkaRetriableException && step is CommitStep.Initialise or CommitStep.Record or CommitStep.Commit;
        bool isMissing = step == CommitStep.Initialise && error.Error.Code == ErrorCode.UnknownTopicOrPart;
        // A broker that has just started may not know its topics yet.
        if (!(isMissing && wait.MayStillAppear) && _errors.Permanent(Name.Topic, Name.TransactionalId, Name.Group, error.Error) is { } permanent)
        {
            session.End(isOrderly: true);
            machine = machine.On(CommitAnswer.Lost);
            // Later somebody may mend it, and what is staged waits for that.
            throw IsStart ? permanent.AsPermanent() : permanent;
        }
        wait.OnTrouble(machine.Goal == CommitGoal.Publish ? machine.NextEpoch : null, session, error.Error, _errors);
        CommitMachine next = machine;
        if (!goesOn)
        {
            next = machine.On(SinkErrors.IsFencing(error.Error) ? CommitAnswer.Fenced : error is KafkaTxnRequiresAbortException ? CommitAnswer.Aborted : CommitAnswer.Lost);
            if (next.Phase == CommitPhase.None && !(step == CommitStep.Initialise && error.Error.Code is ErrorCode.Local_TimedOut or ErrorCode.Local_Transport or ErrorCode.UnknownTopicOrPart))
                session.End(isOrderly: false);
        }
        wait.BackOff(cancellationToken);
        return next;
    }
}
