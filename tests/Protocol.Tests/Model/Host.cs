using System.Collections.Immutable;

namespace Gristmill.Protocol.Tests.Model;

/// <summary>
/// What an engine does around the protocol, in its barest form: carries out actions, moves records, talks to the store.
/// Every decision is the protocol's.
/// </summary>
internal sealed class Host(ModelOptions options, Oracle oracle)
{
    /// <summary>A new generation takes over, restores, publishes what is staged, and runs.</summary>
    public void Recover(World world)
    {
        world.Head = Fence.TakeOver(world.Head);
        var (snapshot, first) = Restored(world);
        if (snapshot is not null) Publish(world, snapshot);

        var last = new CheckpointId(first.Value - 1);
        var job = new Job
        {
            Generation = world.Head.Generation,
            Coordinator = Protocol.Coordinator.Create(world.Head.Generation, CoordinatorOptionsFor(first)),
            Head = world.Head,
            Sources = Each(options.Sources, _ => new SourceState(world.Head.Generation, last) { Faults = options.MutantElsewhere }),
            Position = Each(options.Sources, s => snapshot?.Parts[s]!.Value.Position ?? 0),
            Channels = new Channel[options.Sources * options.Joiners],
            Aligned = Each(options.Joiners, _ => Alignment.Create(options.Mode, options.Sources, last) with { Faults = options.MutantElsewhere }),
            Seen = Each(options.Joiners, j => snapshot?.Parts[options.Sources + j]!.Value.State ?? 0),
            Output = new uint[options.Joiners],
            Staged = new ulong[options.Joiners],
            ReadToEnd = new uint[options.Joiners],
            Early = new Part?[options.Joiners],
            HeldBack = new uint[options.Sources * options.Joiners],
        };
        for (var j = 0; snapshot is not null && j < options.Joiners; j++) PutInFlight(job, j, snapshot.Parts[options.Sources + j]!.Value);
        world.Jobs = [.. world.Jobs.Where(old => old.Runs), job];
        for (var s = 0; s < options.Sources; s++) EndIfRead(world, job, s);
        Tell(world, job, new CoordinatorEvent.Started());
    }

    /// <summary>What was in flight is in the channels before anything else is.</summary>
    private void PutInFlight(Job job, int joiner, Part part)
    {
        for (var record = 0; record < options.Records; record++)
        {
            var source = record / options.RecordsPerSource;
            var item = (record % options.RecordsPerSource) + 1;
            for (var copy = 0; copy < part.Copies(record); copy++)
                if ((options.Mutant & ProtocolFaults.RestoreInFlightLast) != 0) job.HeldBack[(source * options.Joiners) + joiner] |= 1u << item;
                else Put(job, source, joiner, item);
        }
    }

    private CoordinatorOptions CoordinatorOptionsFor(CheckpointId first) => new()
    {
        Subtasks = options.Subtasks,
        FirstCheckpoint = first,
        Periodic = false,
        TimeoutMs = 1,
        MaxConcurrent = options.MaxConcurrent,
        Faults = options.Mutant,
    };

    private static (Snapshot? Snapshot, CheckpointId First) Restored(World world)
    {
        var checks = ImmutableArray<ManifestCheck>.Empty;
        while (true)
        {
            switch (Recovery.Decide(world.Head!, checks))
            {
                case RecoveryDecision.StartEmpty empty:
                    return (null, empty.FirstCheckpoint);
                case RecoveryDecision.Verify verify:
                    checks = checks.Add(new(verify.Candidate, ManifestHealth.Good));
                    break;
                case RecoveryDecision.Restore restore:
                    return (world.Manifests.Single(m => m.Ref.Name == restore.Manifest.Name), restore.FirstCheckpoint);
                case var other:
                    throw new ViolationException($"Nothing is damaged, and recovery says {other}.");
            }
        }
    }

    public void Tell(World world, Job job, CoordinatorEvent happened)
    {
        var before = job.Coordinator;
        var step = Protocol.Coordinator.Step(before, world.NowMs, happened);
        job.Coordinator = step.State;
        foreach (var action in step.Actions) Do(world, job, action);
    }

    public void TellAck(World world, Job job, Message ack)
    {
        var before = job.Coordinator;
        var step = Protocol.Coordinator.Step(before, world.NowMs, new CoordinatorEvent.Ack(ack.Generation, ack.Checkpoint, ack.To));
        job.Coordinator = step.State;
        if (step.Ignored == IgnoreReason.None)
        {
            // What an ack carries belongs to the checkpoint it was counted for (one of the mutants counts it for another).
            var counted = before.Open.Any(open => open.Id == ack.Checkpoint) ? ack.Checkpoint : before.Open[0].Id;
            job.Gathered = Each(job.Gathered.Length, i => job.Gathered[i].Checkpoint == counted
                ? job.Gathered[i].With(ack.To, ack.Part)
                : job.Gathered[i]);
        }

        foreach (var action in step.Actions) Do(world, job, action);
    }

    private void Do(World world, Job job, CoordinatorAction action)
    {
        switch (action)
        {
            case CoordinatorAction.IssueBarriers issue:
                job.Gathered = [.. job.Gathered, new Snapshot(job.Generation, issue.Checkpoint, new Part?[options.Subtasks])];
                for (var s = 0; s < options.Sources; s++)
                    world.Send(new(MessageKind.Trigger, job.Generation, issue.Checkpoint, s) { CheckpointKind = issue.Kind });
                break;
            case CoordinatorAction.WriteManifest write:
                world.Send(new(MessageKind.PutManifest, job.Generation, write.Checkpoint, 0)
                {
                    Snapshot = job.Gathered.Single(m => m.Checkpoint == write.Checkpoint),
                });
                break;
            case CoordinatorAction.MoveHead move:
                var manifest = new Snapshot(job.Generation, move.Checkpoint, []).Ref;
                world.Send(new(MessageKind.SwapHead, job.Generation, move.Checkpoint, 0)
                {
                    Expected = job.Head,
                    Wanted = Fence.Commit(job.Head, job.Generation, manifest, RetentionPolicy.LastOf(1), 0),
                });
                break;
            case CoordinatorAction.Apply apply:
                // Subtasks hear of it at once, before it is published: they may forget what a committed manifest holds.
                job.Gathered = [.. job.Gathered.Where(m => m.Checkpoint != apply.Checkpoint)];
                world.Send(new(MessageKind.Publish, job.Generation, apply.Checkpoint, 0));
                SendToJoiners(world, job, MessageKind.Committed, apply.Checkpoint);
                break;
            case CoordinatorAction.AbortCheckpoint abort:
                job.Gathered = [.. job.Gathered.Where(m => m.Checkpoint != abort.Checkpoint)];
                SendToJoiners(world, job, MessageKind.Abort, abort.Checkpoint);
                break;
            case CoordinatorAction.CompleteJob:
                job.Runs = false;
                world.Completed = true;
                break;
            case CoordinatorAction.FailJob or CoordinatorAction.StopFenced or CoordinatorAction.Stopped:
                job.Runs = false;
                break;
        }
    }

    private void SendToJoiners(World world, Job job, MessageKind kind, CheckpointId checkpoint)
    {
        for (var j = 0; j < options.Joiners; j++) world.Send(new(kind, job.Generation, checkpoint, j));
    }

    public void Emit(World world, Job job, int source)
    {
        var joiner = job.Position[source] % options.Joiners;
        var channel = source * options.Joiners + joiner;
        job.Channels[channel] = job.Channels[channel].Add(++job.Position[source]);
        EndIfRead(world, job, source);
    }

    private void EndIfRead(World world, Job job, int source)
    {
        if (job.Position[source] < options.RecordsPerSource) return;
        job.SourcesEnded |= 1u << source;
        for (var j = 0; j < options.Joiners; j++)
        {
            var held = job.HeldBack[(source * options.Joiners) + j];
            for (var item = 1; item <= options.RecordsPerSource; item++)
                if (((held >> item) & 1) != 0) Put(job, source, j, item);
            Put(job, source, j, Channel.End);
        }

        world.Send(new(MessageKind.Ended, job.Generation, default, source));
    }

    private void Put(Job job, int source, int joiner, int item)
    {
        var channel = source * options.Joiners + joiner;
        job.Channels[channel] = job.Channels[channel].Add(item);
    }

    public void Inject(World world, Job job, Message trigger)
    {
        var step = SourceBarriers.Trigger(job.Sources[trigger.To], trigger.Generation, trigger.Checkpoint, trigger.CheckpointKind);
        job.Sources[trigger.To] = step.State;
        if (step.Inject is not { } checkpoint) return;
        if (trigger.CheckpointKind is CheckpointKind.Manual or CheckpointKind.Periodic) job.Announced |= 1u << (int)checkpoint.Value;
        for (var j = 0; j < options.Joiners; j++) Put(job, trigger.To, j, Channel.Barrier(checkpoint));
        Ack(world, job, checkpoint, trigger.To, new Part(job.Position[trigger.To], 0, 0));
    }

    public void Read(World world, Job job, int source, int joiner)
    {
        var at = source * options.Joiners + joiner;
        var item = job.Channels[at].First;
        job.Channels[at] = job.Channels[at].WithoutFirst;
        if (Channel.IsBarrier(item))
        {
            Take(world, job, joiner, Alignment.Arrive(job.Aligned[joiner], source, Channel.IdOf(item)));
        }
        else if (item == Channel.End)
        {
            job.ReadToEnd[joiner] |= 1u << source;
            if (job.ReadToEnd[joiner] == (1u << options.Sources) - 1)
                world.Send(new(MessageKind.Ended, job.Generation, default, options.Sources + joiner));
        }
        else
        {
            var index = source * options.RecordsPerSource + item - 1;
            var record = 1u << index;
            if (job.Aligned[joiner].IsInFlight(source)) job.Early[joiner] = job.Early[joiner]!.Value.WithCopy(index);
            oracle.Sees(job.Seen[joiner], record, options.Prefix(source, item - 1, joiner));
            job.Seen[joiner] |= record;
            job.Output[joiner] |= record;
        }
    }

    public void Overtake(World world, Job job, int joiner, CheckpointId checkpoint) =>
        Take(world, job, joiner, Alignment.Overtake(job.Aligned[joiner], checkpoint));

    public void Abandon(World world, Job job, Message abort)
    {
        if (Fence.Accepts(job.Generation, abort.Generation))
            Take(world, job, abort.To, Alignment.Abandon(job.Aligned[abort.To], abort.Checkpoint));
    }

    public static void HearOfCommit(Job job, Message committed)
    {
        if (Fence.Accepts(job.Generation, committed.Generation))
            job.Staged[committed.To] = Staging.DropUpTo(job.Staged[committed.To], committed.Checkpoint);
    }

    private void Take(World world, Job job, int joiner, AlignmentStep step)
    {
        job.Aligned[joiner] = step.State;
        foreach (var id in step.GivenUp)
            world.Send(new(MessageKind.Declined, job.Generation, id, options.Sources + joiner));
        if (step.Snapshot is { } checkpoint)
        {
            job.Staged[joiner] = Staging.Add(job.Staged[joiner], checkpoint, job.Output[joiner]);
            job.Output[joiner] = 0;
            var part = new Part(0, job.Seen[joiner], job.Staged[joiner]);
            if (step.State.Overtaken is null) Ack(world, job, checkpoint, options.Sources + joiner, part);
            else job.Early[joiner] = part;
        }

        if (step.Copied is { } copied && job.Early[joiner] is { } early) Ack(world, job, copied, options.Sources + joiner, early);
        if (step.State.Overtaken is null) job.Early[joiner] = null;
    }

    private static void Ack(World world, Job job, CheckpointId checkpoint, int subtask, Part part) =>
        world.Send(new(MessageKind.Ack, job.Generation, checkpoint, subtask) { Part = part });

    /// <summary>Create-only: a name that is taken stays as it is.</summary>
    public static CoordinatorEvent PutManifest(World world, Message put)
    {
        if (Array.Exists(world.Manifests, m => m.Ref == put.Snapshot!.Ref))
            return new CoordinatorEvent.ManifestFailed(put.Checkpoint, "There is one of that name.");
        world.Manifests = [.. world.Manifests, put.Snapshot!];
        Array.Sort(world.Manifests, static (a, b) => (a.Generation, a.Checkpoint).CompareTo((b.Generation, b.Checkpoint)));
        return new CoordinatorEvent.ManifestWritten(put.Checkpoint);
    }

    public CoordinatorEvent SwapHead(World world, Job? job, Message swap)
    {
        var result = swap.Expected!.Equals(world.Head) ? CasResult.Moved : CasResult.Refused;
        if (result == CasResult.Moved)
        {
            var records = oracle.Commits(world, swap.Wanted!.Newest!);
            world.Committed = [.. world.Committed];
            world.Committed[swap.Checkpoint.Value] = records;
            world.Head = swap.Wanted;

            // Nobody can come to need what is older than the head; what is newer may be moved to yet.
            world.Manifests = [.. world.Manifests.Where(m => m.Checkpoint >= swap.Checkpoint)];
        }

        var outcome = Fence.JudgeCommit(result);
        if (outcome == CommitOutcome.ReadHead) outcome = Fence.JudgeCommit(swap.Expected, swap.Wanted!, world.Head);
        if (outcome == CommitOutcome.Committed && job is not null) job.Head = swap.Wanted!;
        return outcome switch
        {
            CommitOutcome.Committed => new CoordinatorEvent.HeadMoved(swap.Checkpoint),
            CommitOutcome.Fenced => new CoordinatorEvent.HeadLost(swap.Checkpoint),
            _ => new CoordinatorEvent.HeadUnknown(swap.Checkpoint, "Nobody knows."),
        };
    }

    public CoordinatorEvent Publish(World world, Message publish)
    {
        if (publish.Checkpoint > world.PublishedUpTo)
        {
            var snapshot = Array.Find(world.Manifests,
                m => m.Checkpoint == publish.Checkpoint && m.Generation == publish.Generation);
            Oracle.Must(snapshot is not null, "Output is to be published from a manifest that is not stored.");
            Publish(world, snapshot!);
        }

        return new CoordinatorEvent.Applied(publish.Checkpoint);
    }

    /// <summary>One transaction, with the checkpoint's number stored beside the output: done twice it does nothing.</summary>
    private void Publish(World world, Snapshot snapshot)
    {
        if (snapshot.Checkpoint <= world.PublishedUpTo) return;
        for (var j = 0; j < options.Joiners; j++)
            foreach (var records in Staging.After(snapshot.Parts[options.Sources + j]?.Staged ?? 0, world.PublishedUpTo))
                for (var record = 0; record < options.Records; record++)
                    if (((records >> record) & 1) != 0)
                        world.Published = Count(world.Published, record);
        world.PublishedUpTo = snapshot.Checkpoint;
    }

    private static uint Count(uint published, int record)
    {
        var times = Math.Min(3, ((published >> (2 * record)) & 3) + 1);
        return (published & ~(3u << (2 * record))) | (times << (2 * record));
    }

    private static T[] Each<T>(int count, Func<int, T> make)
    {
        var all = new T[count];
        for (var i = 0; i < count; i++) all[i] = make(i);
        return all;
    }
}
