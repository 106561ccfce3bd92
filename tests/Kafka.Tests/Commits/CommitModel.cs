namespace Gristmill.Kafka.Tests.Commits;

/// <summary>How large a model is: what there is of each fault, and how many generations.</summary>
internal sealed record CommitModel
{
    public int Epochs { get; init; } = 3;

    /// <summary>One after the other on the same head; each may begin while the one before still runs, and that one may go on at any time.</summary>
    public int Generations { get; init; } = 2;

    /// <summary>A job that begins from a copy of the first head, with a lineage of its own.</summary>
    public bool HasCopy { get; init; }

    public int Losses { get; init; }

    public int Delays { get; init; }

    public int TimeOuts { get; init; }

    public int Crashes { get; init; }

    public int Aborts { get; init; }

    public int Forgets { get; init; }

    public int Restores { get; init; }

    public int Renewals { get; init; }

    /// <summary>Whether a refusal without cause passes, so that a mutant must do worse.</summary>
    public bool ToleratesRefusals { get; init; }

    public Internal.CommitFaults Mutant { get; init; }
}

/// <summary>Something that must never be is.</summary>
internal sealed class CommitViolationException(string message) : Exception(message);
