namespace Gristmill.Kafka.Internal;

/// <summary>What the committing machine wants done next.</summary>
internal enum CommitStep
{
    /// <summary>Begin a session: fence every older producer of the transactional id, and end what it left.</summary>
    Initialise,

    /// <summary>Ask the broker which epoch is recorded.</summary>
    Ask,

    /// <summary>Begin the transaction of <see cref="CommitMachine.Epoch"/>.</summary>
    Begin,

    /// <summary>Write the epoch's records in it.</summary>
    Write,

    /// <summary>Record the epoch in it.</summary>
    Record,

    /// <summary>Commit it.</summary>
    Commit,

    /// <summary>Nothing: what was asked for is out.</summary>
    Done,

    /// <summary>Nothing, and never will: <see cref="CommitMachine.Refusal"/> says why.</summary>
    Refuse,
}

/// <summary>What came of a step; the answer to <see cref="CommitStep.Ask"/> is a number or none.</summary>
internal enum CommitAnswer
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>No answer: it may be done, may yet be done, or not.</summary>
    Lost,

    /// <summary>Another producer of the same transactional id has begun since.</summary>
    Fenced,

    /// <summary>The transaction is aborted.</summary>
    Aborted,
}

/// <summary>Why the machine goes no further.</summary>
internal enum CommitRefusal
{
    /// <summary>It does go on.</summary>
    None,

    /// <summary>The record is ahead of the checkpoints.</summary>
    OlderCopy,

    /// <summary>There is no record where one must be.</summary>
    RecordLost,
}

/// <summary>What the machine is to reach.</summary>
internal enum CommitGoal
{
    /// <summary>All epochs are out.</summary>
    Publish,

    /// <summary>There is a record.</summary>
    MakeSure,

    /// <summary>The record, if there is one, is young again.</summary>
    Renew,
}

/// <summary>How far a session has come.</summary>
internal enum CommitPhase
{
    /// <summary>There is no session.</summary>
    None,

    /// <summary>No transaction is open.</summary>
    Idle,

    /// <summary>A transaction is open.</summary>
    Begun,

    /// <summary>It has the epoch's records.</summary>
    Written,

    /// <summary>It has the epoch's number too.</summary>
    Recorded,
}
