namespace Gristmill.Protocol.Tests.Model;

/// <summary>How large the modelled job is, and what may happen to it.</summary>
internal sealed record ModelOptions
{
    public int Sources { get; init; } = 2;
    public int Joiners { get; init; } = 1;
    public int RecordsPerSource { get; init; } = 1;
    public int ManualCheckpoints { get; init; } = 1;
    public bool StopRequest { get; init; }
    public int MaxConcurrent { get; init; } = 1;
    public int Faults { get; init; } = 1;

    /// <summary>Whether one of the faults may be a partition: the old generation lives on in full beside the new one.</summary>
    public bool Partitions { get; init; }

    /// <summary>Whether a joiner may take its snapshot before the barriers of a checkpoint that was asked for have come.</summary>
    public bool Overtaking { get; init; }

    public AlignmentMode Mode { get; init; }
    public ProtocolFaults Mutant { get; init; }

    /// <summary>Whether the mutant is planted in the coordinator only.</summary>
    public bool MutantInCoordinatorOnly { get; init; }

    public ProtocolFaults MutantElsewhere => MutantInCoordinatorOnly ? ProtocolFaults.None : Mutant;

    public int Subtasks => Sources + Joiners;
    public int Records => Sources * RecordsPerSource;

    /// <summary>The mask of the first <paramref name="count"/> records of a source that go to a joiner.</summary>
    public uint Prefix(int source, int count, int joiner)
    {
        var mask = 0u;
        for (var i = 0; i < count; i++)
            if (i % Joiners == joiner) mask |= 1u << (source * RecordsPerSource + i);
        return mask;
    }
}
