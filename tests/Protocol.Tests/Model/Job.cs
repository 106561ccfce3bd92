namespace Gristmill.Protocol.Tests.Model;

/// <summary>One generation of the modelled job: a coordinator, sources, and joiners that read from every source.</summary>
internal sealed class Job
{
    public required Generation Generation;
    public required CoordinatorState Coordinator;

    /// <summary>The head as this generation knows it.</summary>
    public required HeadRecord Head;

    /// <summary>What acks have brought for checkpoints that are not yet with the store.</summary>
    public Snapshot[] Gathered = [];

    public required SourceState[] Sources;
    public required int[] Position;
    public uint SourcesEnded;

    /// <summary>From each source to each joiner.</summary>
    public required Channel[] Channels;

    public required AlignmentState[] Aligned;

    /// <summary>What each joiner has seen, as a set of records.</summary>
    public required uint[] Seen;

    /// <summary>What each joiner has put out since its last snapshot, and what it has staged in snapshots.</summary>
    public required uint[] Output;
    public required ulong[] Staged;

    /// <summary>What each joiner will acknowledge once it has copied what is in flight.</summary>
    public required Part?[] Early;

    /// <summary>The checkpoints that may be overtaken, as far as a barrier of theirs is in a channel.</summary>
    public uint Announced;

    /// <summary>Of each source and joiner, what a mutant holds back of what was in flight.</summary>
    public required uint[] HeldBack;

    /// <summary>The sources each joiner has read to the end.</summary>
    public required uint[] ReadToEnd;

    public bool Runs = true;

    public bool HasEnded(int subtask) => subtask < Sources.Length
        ? ((SourcesEnded >> subtask) & 1) != 0
        : ReadToEnd[subtask - Sources.Length] == (1u << Sources.Length) - 1;

    public Job Clone() => new()
    {
        Generation = Generation,
        Coordinator = Coordinator,
        Head = Head,
        Gathered = Gathered,
        Sources = (SourceState[])Sources.Clone(),
        Position = (int[])Position.Clone(),
        SourcesEnded = SourcesEnded,
        Channels = (Channel[])Channels.Clone(),
        Aligned = (AlignmentState[])Aligned.Clone(),
        Seen = (uint[])Seen.Clone(),
        Output = (uint[])Output.Clone(),
        Staged = (ulong[])Staged.Clone(),
        ReadToEnd = (uint[])ReadToEnd.Clone(),
        Early = (Part?[])Early.Clone(),
        Announced = Announced,
        HeldBack = HeldBack,
        Runs = Runs,
    };

    public void Encode(Encoder to)
    {
        to.Byte(Runs ? 1 : 0);
        to.Byte((int)Generation.Value);
        if (!Runs) return;
        to.Coordinator(Coordinator);
        to.Head(Head);
        to.Byte(Gathered.Length);
        foreach (var snapshot in Gathered) snapshot.Encode(to);
        to.Byte((int)SourcesEnded);
        for (var s = 0; s < Sources.Length; s++)
        {
            to.Byte((int)Sources[s].LastInjected.Value);
            to.Byte(Sources[s].Halted ? 1 : 0);
            to.Byte(Position[s]);
        }

        foreach (var channel in Channels) to.Long((long)channel.Bits);
        to.Long(Announced);
        foreach (var held in HeldBack) to.Byte((int)held);
        for (var j = 0; j < Aligned.Length; j++)
        {
            to.Alignment(Aligned[j]);
            to.Byte((int)Seen[j]);
            to.Byte((int)Output[j]);
            to.Long((long)Staged[j]);
            to.Byte((int)ReadToEnd[j]);
            to.Byte(Early[j] is null ? 0 : 1);
            Early[j]?.Encode(to);
        }
    }
}

/// <summary>What is in a channel, first in first out: up to 16 items of 4 bits.</summary>
internal readonly record struct Channel(ulong Bits)
{
    public const int End = 15;
    private const int FirstBarrier = 4;

    public bool IsEmpty => Bits == 0;
    public int First => (int)(Bits & 15);
    public Channel WithoutFirst => new(Bits >> 4);

    public static bool IsBarrier(int item) => item is > FirstBarrier and < End;
    public static int Barrier(CheckpointId id) => FirstBarrier + (int)id.Value;
    public static CheckpointId IdOf(int item) => new(item - FirstBarrier);

    public Channel Add(int item)
    {
        Invariant.Holds(item is > 0 and <= End, "The model's channels carry small numbers.");
        for (var at = 0; at < 64; at += 4)
            if (Bits >> at == 0) return new(Bits | ((ulong)item << at));
        throw new InvalidOperationException("The model's channels are long enough.");
    }
}
