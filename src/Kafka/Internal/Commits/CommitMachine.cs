using System.Collections.Immutable;

namespace Gristmill.Kafka.Internal;

/// <summary>
/// Decides what a commit does next. Pure: it knows no client and no clock, so that the model in the tests tries every order of
/// answers, losses and crashes. It lives as long as a generation: what a session knows serves the next commit too.
/// </summary>
/// <remarks>
/// Whatever goes wrong ends the session: the next one fences whatever may still be under way, and only then asks. So a
/// question never has an answer that can still change, and nobody has to guess what came of a lost one.
/// </remarks>
/// <param name="FirstEpoch">The lowest epoch the generation can stage.</param>
/// <param name="WhenRecordLost">What no record means where there must be one.</param>
/// <param name="Faults">Mutants that tests plant.</param>
internal readonly record struct CommitMachine(long FirstEpoch, WhenRecordLost WhenRecordLost, CommitFaults Faults)
{
    public CommitPhase Phase { get; private init; }

    /// <summary>Whether it is known which epoch is out.</summary>
    public bool Knows { get; private init; }

    /// <summary>The epoch up to which all is out, when that is known.</summary>
    public long Out { get; private init; }

    /// <summary>Whether a record is owed though no epoch may be.</summary>
    public bool OwesRecord { get; private init; }

    /// <summary>Whether it was assumed which epoch is out, since the broker has no record of it.</summary>
    public bool WasAssumed { get; private init; }

    /// <summary>The epoch whose transaction is under way.</summary>
    public long Epoch { get; private init; }

    /// <summary>Whether that transaction has records; without, it only records.</summary>
    public bool HasRecords { get; private init; }

    /// <summary>Whether the generation has had an answer about its own lineage.</summary>
    public bool HasAsked { get; private init; }

    /// <summary>Whether the generation knows that its lineage has a record at the broker.</summary>
    public bool HasRecord { get; private init; }

    public CommitGoal Goal { get; private init; }

    /// <summary>What is to be published, in order.</summary>
    public ImmutableArray<long> Epochs { get; private init; }

    /// <summary>Whether it is of the generation's own lineage.</summary>
    public bool IsOwn { get; private init; }

    public CommitRefusal Refusal { get; private init; }

    public CommitStep Next => Refusal != CommitRefusal.None ? CommitStep.Refuse : Phase switch
    {
        CommitPhase.None when Has(CommitFaults.AskBeforeInitialise) && !Knows => CommitStep.Ask,
        CommitPhase.None => CommitStep.Initialise,
        CommitPhase.Idle when IsReached => CommitStep.Done,
        CommitPhase.Idle when !Knows => CommitStep.Ask,
        CommitPhase.Idle => Has(CommitFaults.EpochRecordedOutside) && Epoch != NextEpoch ? CommitStep.Record : CommitStep.Begin,
        CommitPhase.Begun when HasRecords => CommitStep.Write,
        CommitPhase.Written when Has(CommitFaults.EpochNotRecorded) => CommitStep.Commit,
        CommitPhase.Begun or CommitPhase.Written when !Has(CommitFaults.EpochRecordedOutside) => CommitStep.Record,
        _ => CommitStep.Commit,
    };

    /// <summary>The epoch whose transaction comes next.</summary>
    public long NextEpoch => FirstOpen ?? Out;

    private bool IsReached => Goal == CommitGoal.Renew ? !OwesRecord : Knows && FirstOpen is null && !OwesRecord;

    private long? FirstOpen
    {
        get
        {
            if (Goal != CommitGoal.Publish)
                return null;
            foreach (long epoch in Epochs)
            {
                if (epoch > Out)
                    return epoch;
            }

            return null;
        }
    }

    /// <summary>Sets a goal. Goals come one after the other.</summary>
    /// <param name="goal">What is to be reached.</param>
    /// <param name="epochs">What to publish, ascending; empty for the other goals.</param>
    /// <param name="isOwn">Whether they are of the generation's lineage, and not that of a savepoint it began from.</param>
    /// <param name="isSame">Whether the machine's last goal was about the same record.</param>
    public CommitMachine Start(CommitGoal goal, ImmutableArray<long> epochs, bool isOwn, bool isSame) => this with
    {
        Goal = goal,
        Epochs = epochs,
        IsOwn = isOwn,
        Knows = Knows && isSame,
        OwesRecord = goal == CommitGoal.Renew || (OwesRecord && isSame && Goal != CommitGoal.Renew),
        WasAssumed = false,
        Refusal = CommitRefusal.None,
    };

    /// <summary>The step before was <see cref="Next"/>, and this came of it.</summary>
    public CommitMachine On(CommitAnswer answer) => answer == CommitAnswer.Done ? OnDone() : OnFailed(answer);

    /// <summary>The broker says which epoch is recorded.</summary>
    public CommitMachine OnRecord(long epoch)
    {
        CommitMachine asked = this with { Knows = true, Out = epoch, HasRecord = HasRecord || IsOwn, HasAsked = HasAsked || IsOwn };
        // Nobody but this generation stages what it is about to: where that seems to be out already, the numbers are of another past.
        return IsOwn && !HasAsked && epoch >= FirstEpoch && !Has(CommitFaults.TrustOlderCopy)
            ? asked with { Refusal = CommitRefusal.OlderCopy }
            : asked;
    }

    /// <summary>The broker says that nothing is recorded.</summary>
    public CommitMachine OnNoRecord()
    {
        CommitMachine asked = this with { HasAsked = HasAsked || IsOwn };
        if (Goal == CommitGoal.Renew)
            return asked with { OwesRecord = false };
        if (Goal == CommitGoal.MakeSure)
            return asked.AssumeOut(FirstEpoch - 1);
        long first = Epochs[0];
        bool isNew = IsOwn && first >= FirstEpoch;
        if (Has(CommitFaults.ForgottenIsNotOut) || WhenRecordLost == WhenRecordLost.WriteAgain)
            return asked.AssumeOut(first - 1);
        // After a fall-back nobody has made sure of a record, and there may never have been one.
        if (isNew && !HasRecord)
            return asked.AssumeOut(FirstEpoch - 1);
        return !isNew && WhenRecordLost == WhenRecordLost.TakeAsWritten
            ? asked.AssumeOut(Epochs[^1])
            : asked with { Refusal = CommitRefusal.RecordLost };
    }

    private CommitMachine AssumeOut(long epoch) => this with { Knows = true, Out = epoch, OwesRecord = true, WasAssumed = true };

    private CommitMachine OnDone() => Next switch
    {
        CommitStep.Initialise => Has(CommitFaults.NeverAsk) && Goal == CommitGoal.Publish
            ? this with { Phase = CommitPhase.Idle, Knows = true, Out = Epochs[0] - 1 }
            : this with { Phase = CommitPhase.Idle, Epoch = 0 },
        CommitStep.Begin => this with { Phase = CommitPhase.Begun, Epoch = NextEpoch, HasRecords = FirstOpen is not null },
        CommitStep.Write => this with { Phase = CommitPhase.Written },
        CommitStep.Record when Phase == CommitPhase.Idle => this with { Epoch = NextEpoch },
        CommitStep.Record => this with { Phase = CommitPhase.Recorded },
        CommitStep.Commit => this with { Phase = CommitPhase.Idle, Out = Epoch, OwesRecord = false, HasRecord = HasRecord || IsOwn },
        CommitStep step => throw new InvalidOperationException($"Nothing is done at {step}."),
    };

    private CommitMachine OnFailed(CommitAnswer answer)
    {
        bool isCommit = Next == CommitStep.Commit && answer == CommitAnswer.Lost;
        if (isCommit && Has(CommitFaults.LostIsDone))
            return OnDone();
        return this with
        {
            // A question is no part of a session's transactions, and can be put again.
            Phase = Next == CommitStep.Ask ? Phase : CommitPhase.None,
            Knows = (isCommit && Has(CommitFaults.LostIsNotDone)) || (Knows && Next == CommitStep.Initialise),
            OwesRecord = Goal == CommitGoal.Renew,
        };
    }

    private bool Has(CommitFaults fault) => (Faults & fault) != 0;
}
