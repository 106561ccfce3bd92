namespace Gristmill.Protocol;

/// <summary>Why an event changed nothing. Stale and doubled messages are normal: they are named, counted and dropped.</summary>
public enum IgnoreReason
{
    /// <summary>The event was not ignored.</summary>
    None = 0,

    /// <summary>It belongs to another generation.</summary>
    OtherGeneration,

    /// <summary>The machine has reached its end; nothing counts any more.</summary>
    Over,

    /// <summary>The machine was started before.</summary>
    AlreadyStarted,

    /// <summary>A checkpoint of this number was never issued by this generation.</summary>
    NeverIssued,

    /// <summary>The checkpoint is no longer open: committed, aborted or subsumed.</summary>
    NotOpen,

    /// <summary>The checkpoint is open, but not at the stage this answer belongs to.</summary>
    WrongStage,

    /// <summary>The same was said before.</summary>
    Duplicate,

    /// <summary>There is no subtask or channel of this index.</summary>
    UnknownIndex,

    /// <summary>Older than, or as old as, what was already done.</summary>
    Stale,

    /// <summary>The checkpoint was abandoned before.</summary>
    Abandoned,

    /// <summary>Only a manual checkpoint and a stop can be asked for.</summary>
    NotRequestable,

    /// <summary>Too many requests wait already.</summary>
    TooManyRequests,

    /// <summary>The records in flight of another checkpoint are still being copied.</summary>
    Busy,
}
