namespace Gristmill.Protocol.Tests.Model;

internal enum MessageKind : byte
{
    // Between coordinator and subtasks; in any order.
    Trigger,
    Abort,
    Committed,
    Ack,
    Declined,
    Ended,

    // A coordinator's requests to the store and the sink. Carried out and answered in one move: that the answer is lost is
    // a fault of its own, and that it is late is no different from the request being late.
    PutManifest,
    SwapHead,
    Publish,
}

/// <summary>Something on its way. <paramref name="To"/> is the subtask it is to or from.</summary>
internal sealed record Message(MessageKind Kind, Generation Generation, CheckpointId Checkpoint, int To)
{
    public CheckpointKind CheckpointKind { get; init; }

    /// <summary>What an ack carries.</summary>
    public Part Part { get; init; }

    /// <summary>What is to be stored as a manifest.</summary>
    public Snapshot? Snapshot { get; init; }

    public HeadRecord? Expected { get; init; }
    public HeadRecord? Wanted { get; init; }

    /// <summary>The coordinator has been told already that nobody knows what became of it.</summary>
    public bool Unanswered { get; init; }

    public void Encode(Encoder to)
    {
        to.Byte((int)Kind);
        to.Byte((int)Generation.Value);
        to.Byte((int)Checkpoint.Value);
        to.Byte(To);
        to.Byte((int)CheckpointKind);
        to.Byte(Unanswered ? 1 : 0);
        Part.Encode(to);
        Snapshot?.Encode(to);
        to.Head(Expected);
        to.Head(Wanted);
    }

    public override string ToString() =>
        $"{Kind}({Generation}, {Checkpoint}, {To}{(Unanswered ? ", unanswered" : "")})";
}

/// <summary>
/// A subtask's share of a checkpoint: a source's position, or a joiner's state, what it has staged, and what was in flight
/// to it: each record's number of copies, in 2 bits.
/// </summary>
internal readonly record struct Part(int Position, uint State, ulong Staged, uint InFlight = 0)
{
    public void Encode(Encoder to)
    {
        to.Byte(Position);
        to.Byte((int)State);
        to.Long((long)Staged);
        to.Long(InFlight);
    }

    public int Copies(int record) => (int)((InFlight >> (2 * record)) & 3);

    public Part WithCopy(int record) => this with { InFlight = InFlight + (Copies(record) < 3 ? 1u << (2 * record) : 0) };
}

/// <summary>The content of a manifest; immutable.</summary>
internal sealed record Snapshot(Generation Generation, CheckpointId Checkpoint, Part?[] Parts)
{
    public ManifestRef Ref => new(Checkpoint, $"{Generation}/{Checkpoint.Value}", "");

    public Snapshot With(int subtask, Part part)
    {
        var parts = (Part?[])Parts.Clone();
        parts[subtask] = part;
        return this with { Parts = parts };
    }

    public void Encode(Encoder to)
    {
        to.Byte((int)Generation.Value);
        to.Byte((int)Checkpoint.Value);
        foreach (var part in Parts)
        {
            to.Byte(part is null ? 0 : 1);
            part?.Encode(to);
        }
    }
}

/// <summary>Output staged by epoch: up to six epochs, each 4 bits of number and 6 bits of records.</summary>
internal static class Staging
{
    public static ulong Add(ulong staged, CheckpointId epoch, uint records)
    {
        if (records == 0) return staged;
        Invariant.Holds(staged >> 50 == 0 && epoch.Value < 16 && records < 64, "The model's staging area is large enough.");
        return (staged << 10) | ((ulong)epoch.Value << 6) | records;
    }

    public static ulong DropUpTo(ulong staged, CheckpointId epoch)
    {
        var kept = 0ul;
        for (var shift = 50; shift >= 0; shift -= 10)
        {
            var entry = (staged >> shift) & 0x3FF;
            if ((long)(entry >> 6) > epoch.Value) kept = (kept << 10) | entry;
        }

        return kept;
    }

    public static IEnumerable<uint> After(ulong staged, CheckpointId epoch)
    {
        for (var left = DropUpTo(staged, epoch); left != 0; left >>= 10) yield return (uint)(left & 0x3F);
    }
}
