namespace Gristmill.Protocol.Tests.Model;

/// <summary>Something that must not happen has happened.</summary>
internal sealed class ViolationException(string message) : Exception(message);

/// <summary>What exactly-once means, in terms of the modelled records.</summary>
internal sealed class Oracle(ModelOptions options)
{
    private bool ExactlyOnce => options.Mode == AlignmentMode.ExactlyOnce;

    /// <summary>A joiner sees a record, behind those of the same source. Seen twice means that state counts it twice.</summary>
    public void Sees(uint seen, uint record, uint earlier)
    {
        Must(!ExactlyOnce || (seen & record) == 0, "A record reaches a state twice.");
        Must(!ExactlyOnce || (earlier & ~seen) == 0, "A record reaches a state before one that its source emitted earlier.");
    }

    /// <summary>The head names a manifest from now on.</summary>
    public uint Commits(World world, ManifestRef committed)
    {
        var snapshot = Array.Find(world.Manifests, m => m.Ref.Name == committed.Name);
        Must(snapshot is not null, "The head names a manifest that is not stored.");
        Must(Array.TrueForAll(snapshot!.Parts, part => part is not null), "A subtask is missing from a committed checkpoint.");

        var all = 0u;
        for (var j = 0; j < options.Joiners; j++)
        {
            var before = 0u;
            for (var s = 0; s < options.Sources; s++) before |= options.Prefix(s, snapshot.Parts[s]!.Value.Position, j);
            var part = snapshot.Parts[options.Sources + j]!.Value;
            var copied = Copied(part);
            var held = part.State | copied;
            Must((before & ~held) == 0, "A record before the barrier is missing from a committed checkpoint.");
            Must(!ExactlyOnce || held == before, "A record behind the barrier is in a committed checkpoint.");
            Must(!ExactlyOnce || (part.State & copied) == 0, "A record is in a committed checkpoint twice: in a state and in flight.");
            all |= ExactlyOnce ? part.State : before;
        }

        var previous = world.Committed[world.Head!.Newest?.Checkpoint.Value ?? 0];
        Must((previous & ~all) == 0, "A checkpoint takes back what an earlier one has committed.");
        return all;
    }

    /// <summary>What is in flight has been put out by nobody yet.</summary>
    private uint Copied(Part part)
    {
        var all = 0u;
        for (var record = 0; record < options.Records; record++)
        {
            Must(part.Copies(record) < 2, "A record in flight is in a committed checkpoint twice.");
            all |= (uint)part.Copies(record) << record;
        }

        return all;
    }

    /// <summary>Holds in every state: published is what the published checkpoint committed, each record once.</summary>
    public void Check(World world)
    {
        Must(world.PublishedUpTo <= (world.Head?.Newest?.Checkpoint ?? default), "Output is published before its commit.");
        var committed = world.Committed[world.PublishedUpTo.Value];
        for (var record = 0; record < options.Records; record++)
        {
            var times = (world.Published >> (2 * record)) & 3;
            var due = ((committed >> record) & 1) != 0;
            Must(times > 0 || !due, "A record of a published checkpoint is missing from the output.");
            if (!ExactlyOnce) continue;
            Must(times < 2, "A record is published twice.");
            Must(times == 0 || due, "A record is published that its checkpoint does not hold.");
        }
    }

    /// <summary>Holds where nothing can happen any more but faults and zombies: the job is complete and so is its output.</summary>
    public void CheckEnd(World world)
    {
        Must(world.Completed, "Nothing can happen any more, and the job is not complete.");
        Must(world.Committed[world.PublishedUpTo.Value] == (1u << options.Records) - 1, "The job is complete without all its output.");
    }

    public static void Must(bool condition, string otherwise)
    {
        if (!condition) throw new ViolationException(otherwise);
    }
}
