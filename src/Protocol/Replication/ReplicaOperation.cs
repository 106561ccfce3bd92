namespace Gristmill.Protocol;

/// <summary>A change of a replicated store. Every replica makes it of the same content, with the same result.</summary>
public sealed record ReplicaOperation
{
    /// <summary>The same each time it is sent; made by its sender.</summary>
    public required Guid Id { get; init; }

    /// <summary>What it does.</summary>
    public required ReplicaOperationKind Kind { get; init; }

    /// <summary>
    /// How many operations the store had made at least when this one was sent first. Only with it can the store tell an operation
    /// that never came from one it has forgotten.
    /// </summary>
    public required long SentAfter { get; init; }

    /// <summary>The object, or the job of a head.</summary>
    public string Name { get; init; } = "";

    /// <summary>The upload it belongs to.</summary>
    public Guid Upload { get; init; }

    /// <summary>The upload's length before it; for a head the expected version.</summary>
    public long Position { get; init; }

    /// <summary>What is added or written.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>The primary's clock when it put the operation in order, in milliseconds since 1970.</summary>
    public long NowMs { get; init; }
}

/// <summary>What an operation does.</summary>
public enum ReplicaOperationKind
{
    /// <summary>Adds bytes to an upload nobody sees yet.</summary>
    Upload = 0,

    /// <summary>Adds the last bytes and gives the upload its name, unless an object has it.</summary>
    Publish,

    /// <summary>Drops an upload.</summary>
    Abandon,

    /// <summary>Deletes an object.</summary>
    Delete,

    /// <summary>Adds a line to an object that grows.</summary>
    Append,

    /// <summary>Moves a head, if it has the expected version.</summary>
    MoveHead,
}

/// <summary>What has become of an operation.</summary>
public enum ReplicaOutcome
{
    /// <summary>Made.</summary>
    Done = 0,

    /// <summary>Not made: an object has the name, or the head another version.</summary>
    Conflict,

    /// <summary>Not made: the upload is not as long as its sender thinks; it was silent for too long and is dropped.</summary>
    NoUpload,

    /// <summary>Not made now. Whether it was made before is forgotten: unless this is the only time it was sent, nobody can tell.</summary>
    Forgotten,

    /// <summary>Not made: the replica holds as many bytes as it may.</summary>
    Full,
}

/// <summary>What has become of an operation, and how many the store has made.</summary>
/// <param name="Outcome">What has become of it.</param>
/// <param name="Made">How many operations the store has made, this one among them.</param>
public readonly record struct ReplicaResult(ReplicaOutcome Outcome, long Made);
