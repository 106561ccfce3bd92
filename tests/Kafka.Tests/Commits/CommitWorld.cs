using System.Security.Cryptography;
using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka.Tests.Commits;

/// <summary>A half of an epoch's records, and who staged it.</summary>
internal readonly record struct Half(int Lineage, int Epoch, int Stager, int Number);

/// <summary>A request to the broker, with all it does.</summary>
internal readonly record struct BrokerRequest(CommitStep Step, int ProducerEpoch, int Group, int Epoch, Half[] Halves);

/// <summary>Where a generation is.</summary>
internal enum Place
{
    NotBegun,
    PublishesRestored,
    MakesSure,
    Runs,
    HasStaged,
    Publishes,
    Renews,
    Completed,
    Crashed,
    Fenced,
    Refused,
}

/// <summary>One generation's process.</summary>
internal sealed record Process
{
    public Place Place { get; init; }

    public int Head { get; init; }

    public int Lineage { get; init; }

    public CommitMachine Machine { get; init; }

    /// <summary>What its client was given when it initialised; 0: nothing.</summary>
    public int ProducerEpoch { get; init; }

    /// <summary>The epoch it staged last.</summary>
    public int Epoch { get; init; }

    /// <summary>What it is about to publish, or to have named.</summary>
    public Half[] Staged { get; init; } = [];

    /// <summary>Which record its machine's last goal was about.</summary>
    public int Group { get; init; }
}

/// <summary>A head: who may move it, and the checkpoint it names.</summary>
internal sealed record ModelHead(int Owner, int Newest, Half[] Staged);

/// <summary>Broker, heads, generations, and the faults that are left.</summary>
internal sealed class CommitWorld
{
    public Process[] Processes = [];
    public ModelHead[] Heads = [];

    /// <summary>All halves that some head named.</summary>
    public Half[] Named = [];

    /// <summary>Those of them that are still to be there in the end.</summary>
    public Half[] Owed = [];

    public ModelHead? Copy;

    public int ProducerEpoch;
    public bool IsOpen;
    public Half[] Written = [];
    public (int Group, int Epoch)? Recorded;

    /// <summary>By group; the epoch plus one, 0 for none.</summary>
    public int[] Offsets = new int[3];

    public Half[] Log = [];
    public BrokerRequest? Late;

    public int Losses;
    public int Delays;
    public int TimeOuts;
    public int Crashes;
    public int Aborts;
    public int Forgets;
    public int Restores;
    public int Renewals;
    public bool HasForgotten;
    public bool HasRestored;

    public CommitWorld Clone()
    {
        var copy = (CommitWorld)MemberwiseClone();
        copy.Processes = [.. Processes];
        copy.Heads = [.. Heads];
        copy.Offsets = [.. Offsets];
        return copy;
    }

    public UInt128 Digest(List<byte> bytes)
    {
        bytes.Clear();
        foreach (Process process in Processes)
            Add(bytes, process, ProducerEpoch);
        foreach (ModelHead head in Heads)
            Add(bytes, head);
        Add(bytes, Copy);
        Add(bytes, Named);
        Add(bytes, Owed);
        Add(bytes, IsOpen ? 1 : 0, Recorded is { } recorded ? 1 + (recorded.Group * 8) + recorded.Epoch : 0);
        Add(bytes, Written);
        Add(bytes, Offsets);
        Add(bytes, Log);
        if (Late is { } late)
        {
            Add(bytes, 1 + (int)late.Step, late.ProducerEpoch == ProducerEpoch ? 1 : 0, late.Group, late.Epoch);
            Add(bytes, late.Halves);
        }
        Add(bytes, Losses, Delays, TimeOuts, Crashes, Aborts, Forgets, Restores, Renewals, HasForgotten ? 1 : 0, HasRestored ? 1 : 0);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes), hash);
        return BitConverter.ToUInt128(hash);
    }

    private static void Add(List<byte> bytes, Process process, int current)
    {
        CommitMachine machine = process.Machine;
        Add(bytes, (int)process.Place, process.Head, process.Lineage, process.Epoch, process.Group);
        Add(bytes, process.Staged);
        if (process.Place is Place.Crashed or Place.Completed or Place.Fenced or Place.Refused or Place.NotBegun)
            return;
        // What nobody looks at any more makes no difference; of producer epochs only the newest one counts for anything, and two
        // generations that fence each other in turn come back to where they were.
        bool isInTransaction = machine.Phase is not CommitPhase.None and not CommitPhase.Idle;
        bool matters = isInTransaction || (machine.Faults & CommitFaults.EpochRecordedOutside) != 0;
        Add(bytes, (int)machine.Phase, machine.Phase != CommitPhase.None && process.ProducerEpoch == current ? 1 : 0, machine.Knows ? (int)machine.Out + 2 : 0,
            machine.OwesRecord ? 1 : 0, matters ? (int)machine.Epoch + 1 : 0, isInTransaction && machine.HasRecords ? 1 : 0, machine.HasAsked ? 1 : 0,
            machine.HasRecord ? 1 : 0, (int)machine.Goal, machine.IsOwn ? 1 : 0, (int)machine.Refusal, (int)machine.FirstEpoch);
        if (!machine.Epochs.IsDefault)
            Add(bytes, [.. machine.Epochs.Select(epoch => (int)epoch)]);
    }

    private static void Add(List<byte> bytes, ModelHead? head)
    {
        Add(bytes, head is null ? 0 : 1);
        if (head is null)
            return;
        Add(bytes, head.Owner, head.Newest);
        Add(bytes, head.Staged);
    }

    private static void Add(List<byte> bytes, Half[] halves)
    {
        Add(bytes, halves.Length);
        foreach (Half half in halves)
            Add(bytes, half.Lineage, half.Epoch, half.Stager, half.Number);
    }

    private static void Add(List<byte> bytes, params ReadOnlySpan<int> numbers)
    {
        foreach (int number in numbers)
            bytes.Add(checked((byte)number));
    }
}
