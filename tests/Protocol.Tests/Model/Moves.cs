using System.Collections.Immutable;

namespace Gristmill.Protocol.Tests.Model;

/// <summary>One thing that can happen, for a trace; put into words only when one is told.</summary>
internal readonly record struct Move(string What, Message? Message = null, Generation In = default, int Subtask = -1, int Source = -1)
{
    public override string ToString() =>
        What
        + (In == Generation.None ? "" : $" in {In}")
        + (Subtask < 0 ? "" : $" #{Subtask}")
        + (Source < 0 ? "" : $" from source {Source}")
        + (Message is null ? "" : $": {Message}");
}

/// <summary>All that can happen in a world: every step of every job, every message in any order, every fault.</summary>
internal sealed class Moves
{
    private readonly ModelOptions _options;
    private readonly Oracle _oracle;
    private readonly Host _host;

    public Moves(ModelOptions options)
    {
        _options = options;
        _oracle = new Oracle(options);
        _host = new Host(options, _oracle);
    }

    /// <summary>The move being made, so that a violation can be told with it.</summary>
    public Move Current { get; private set; }

    public World Start()
    {
        var world = new World
        {
            FaultsLeft = _options.Faults,
            RequestsLeft = _options.ManualCheckpoints,
            StopLeft = _options.StopRequest,
        };
        _host.Recover(world);
        return world;
    }

    public void Expand(World world, Action<Move, World> emit)
    {
        var progress = new Progress();
        foreach (var job in world.Jobs)
            if (job.Runs) Steps(world, job, progress, emit);
        foreach (var message in Distinct(world.Network)) Deliveries(world, message, progress, emit);
        if (!world.Current.Runs && !world.Completed)
            Make(world, new("A new generation recovers"), progress, isCurrent: true, emit, _host.Recover);

        // What a host must say until it is heard is said again where nothing else can happen.
        if (!progress.Made && world.Current.Runs) Repetitions(world, progress, emit);

        // Time passes only where nothing else can happen: an early timeout is a fault.
        if (!progress.Made && world.Current.Runs && world.Current.Coordinator.WakeAtMs is { } wake && wake > world.NowMs)
            Make(world, new("Time passes"), progress, isCurrent: true, emit, next =>
            {
                PassTime(next, wake);
                Oracle.Must(next.NowMs <= _options.Faults - next.FaultsLeft, "More checkpoints time out than faults happened.");
            });
        if (!progress.Made)
        {
            Current = new("Nothing more can happen");
            _oracle.CheckEnd(world);
        }

        if (world.FaultsLeft > 0 && world.Current.Runs) Faults(world, emit);
    }

    private void Steps(World world, Job job, Progress progress, Action<Move, World> emit)
    {
        var at = Array.IndexOf(world.Jobs, job);
        var isCurrent = job == world.Current;
        for (var s = 0; s < _options.Sources; s++)
        {
            var source = s;
            if (job.Position[s] < _options.RecordsPerSource && !job.Sources[s].Halted)
                Make(world, new("A source emits", null, job.Generation, s), progress, isCurrent, emit,
                    next => _host.Emit(next, next.Jobs[at], source));
            for (var j = 0; j < _options.Joiners; j++)
            {
                var joiner = j;
                if (!job.Channels[s * _options.Joiners + j].IsEmpty && !job.Aligned[j].IsHeld(s))
                    Make(world, new("A joiner reads", null, job.Generation, j, s), progress, isCurrent, emit,
                        next => _host.Read(next, next.Jobs[at], source, joiner));
            }
        }

        for (var j = 0; _options.Overtaking && j < _options.Joiners; j++) Overtakings(world, job, at, j, emit);

        if (isCurrent && world.RequestsLeft > 0)
            Make(world, new("A checkpoint is asked for"), progress, isCurrent, emit, next =>
            {
                next.RequestsLeft--;
                _host.Tell(next, next.Current, new CoordinatorEvent.Requested(CheckpointKind.Manual, 0));
            });
        if (isCurrent && world.StopLeft)
            Make(world, new("A stop is asked for"), progress, isCurrent, emit, next =>
            {
                next.StopLeft = false;
                _host.Tell(next, next.Current, new CoordinatorEvent.Requested(CheckpointKind.Stop, 0));
            });
    }

    /// <summary>May happen and need not, so it is not what anybody may wait for.</summary>
    private void Overtakings(World world, Job job, int at, int joiner, Action<Move, World> emit)
    {
        for (var id = 1; job.Announced >> id != 0; id++)
        {
            var checkpoint = new CheckpointId(id);
            if (((job.Announced >> id) & 1) != 0 && Alignment.Overtake(job.Aligned[joiner], checkpoint).Ignored == IgnoreReason.None)
                Make(world, new($"A joiner overtakes the barriers of {id}", null, job.Generation, joiner), new Progress(), isCurrent: false, emit,
                    next => _host.Overtake(next, next.Jobs[at], joiner, checkpoint));
        }
    }

    /// <summary>The two messages that no timeout makes up for, which is why hosts repeat them.</summary>
    private void Repetitions(World world, Progress progress, Action<Move, World> emit)
    {
        var job = world.Current;
        for (var i = 0; i < _options.Subtasks; i++)
        {
            var subtask = i;
            if (job.HasEnded(i) && !job.Coordinator.Ended.Contains(i))
                Make(world, new("A subtask says again that it has ended", null, job.Generation, i), progress, isCurrent: true, emit,
                    next => next.Send(new(MessageKind.Ended, job.Generation, default, subtask)));
        }

        for (var j = 0; j < _options.Joiners; j++)
        {
            var joiner = j;
            foreach (var pending in Undecided(job.Aligned[j]))
                if (!job.Coordinator.Open.Any(open => open.Id == pending.Id))
                    Make(world, new("A joiner is told again of an abort", null, job.Generation, j), progress, isCurrent: true, emit,
                        next => next.Send(new(MessageKind.Abort, job.Generation, pending.Id, joiner)));
        }
    }

    private static ImmutableArray<PendingCheckpoint> Undecided(AlignmentState state) =>
        state.Overtaken is { } overtaken ? state.Pending.Add(overtaken) : state.Pending;

    private void Deliveries(World world, Message message, Progress progress, Action<Move, World> emit)
    {
        var own = Array.FindIndex(world.Jobs, job => job.Runs && job.Generation == message.Generation);
        var isCurrent = own == world.Jobs.Length - 1;
        if (message.Kind >= MessageKind.PutManifest)
        {
            Make(world, new("Carried out", message), progress, isCurrent && !message.Unanswered, emit, next =>
            {
                next.Take(message);
                CarryOut(next, message, own < 0 ? null : next.Jobs[own]);
            });
            return;
        }

        // A message finds the subtask or coordinator it was meant for, or the one of the same name in a newer generation.
        if (own >= 0) DeliverTo(world, message, own, progress, emit);
        if (own != world.Jobs.Length - 1 && world.Current.Runs) DeliverTo(world, message, world.Jobs.Length - 1, progress, emit);
    }

    private void DeliverTo(World world, Message message, int at, Progress progress, Action<Move, World> emit)
    {
        var isCurrent = world.Jobs[at].Generation == message.Generation && at == world.Jobs.Length - 1;
        Make(world, new("Delivered", message, world.Jobs[at].Generation), progress, isCurrent, emit, next =>
        {
            next.Take(message);
            Deliver(next, message, next.Jobs[at]);
        });
    }

    private void Deliver(World world, Message message, Job job)
    {
        switch (message.Kind)
        {
            case MessageKind.Trigger:
                _host.Inject(world, job, message);
                break;
            case MessageKind.Abort:
                _host.Abandon(world, job, message);
                break;
            case MessageKind.Committed:
                Host.HearOfCommit(job, message);
                break;
            case MessageKind.Ack:
                _host.TellAck(world, job, message);
                break;
            case MessageKind.Declined:
                _host.Tell(world, job, new CoordinatorEvent.Declined(message.Generation, message.Checkpoint, message.To, ""));
                break;
            case MessageKind.Ended:
                _host.Tell(world, job, new CoordinatorEvent.SubtaskEnded(message.Generation, message.To));
                break;
        }
    }

    private void CarryOut(World world, Message message, Job? asker)
    {
        var answer = message.Kind switch
        {
            MessageKind.PutManifest => Host.PutManifest(world, message),
            MessageKind.SwapHead => _host.SwapHead(world, asker, message),
            _ => _host.Publish(world, message),
        };
        if (asker is not null && !message.Unanswered) _host.Tell(world, asker, answer);
    }

    /// <summary>Each of these uses up one of the faults that may happen.</summary>
    private void Faults(World world, Action<Move, World> emit)
    {
        if (_options.Partitions)
            MakeFault(world, new("The process is cut off, and replaced"), emit, _host.Recover);
        MakeFault(world, new("The process dies"), emit, next =>
        {
            next.Current.Runs = false;
            _host.Recover(next);
        });
        if (world.Current.Coordinator.WakeAtMs is { } wake && wake > world.NowMs)
            MakeFault(world, new("Everything is slow"), emit, next => PassTime(next, wake));
        foreach (var message in Distinct(world.Network)) MessageFaults(world, message, emit);
        BarrierFaults(world, emit);
    }

    private void MessageFaults(World world, Message message, Action<Move, World> emit)
    {
        MakeFault(world, new("Doubled", message), emit, next => next.Send(message));
        MakeFault(world, new("Lost", message), emit, next =>
        {
            next.Take(message);
            AnswerUnknown(next, message);
        });
        if (message.Kind >= MessageKind.PutManifest)
            MakeFault(world, new("Given up on, but still on its way", message), emit, next =>
            {
                next.Take(message);
                next.Send(message with { Unanswered = true });
                AnswerUnknown(next, message);
            });
        if (message.Kind == MessageKind.Ack)
            MakeFault(world, new("Fails, and is declined", message), emit, next =>
            {
                next.Take(message);
                next.Send(new(MessageKind.Declined, message.Generation, message.Checkpoint, message.To));
            });
    }

    private void AnswerUnknown(World world, Message message)
    {
        CoordinatorEvent? answer = message.Kind switch
        {
            MessageKind.PutManifest => new CoordinatorEvent.ManifestFailed(message.Checkpoint, "I/O error"),
            MessageKind.SwapHead => new CoordinatorEvent.HeadUnknown(message.Checkpoint, "I/O error"),
            MessageKind.Publish => new CoordinatorEvent.ApplyFailed(message.Checkpoint, "I/O error"),
            _ => null,
        };
        if (answer is not null) _host.Tell(world, world.Current, answer);
    }

    private void BarrierFaults(World world, Action<Move, World> emit)
    {
        for (var c = 0; c < world.Current.Channels.Length; c++)
        {
            var at = c;
            var channel = world.Current.Channels[c];
            if (!Channel.IsBarrier(channel.First)) continue;
            MakeFault(world, new("A barrier is lost in channel", Subtask: at), emit, next => next.Current.Channels[at] = channel.WithoutFirst);
            MakeFault(world, new("A barrier is doubled in channel", Subtask: at), emit,
                next => next.Current.Channels[at] = new((channel.Bits << 4) | (uint)channel.First));
        }
    }

    private void PassTime(World world, long nowMs)
    {
        world.NowMs = nowMs;
        _host.Tell(world, world.Current, new CoordinatorEvent.Tick());
    }

    private void MakeFault(World world, Move move, Action<Move, World> emit, Action<World> change) =>
        Make(world, move, new Progress(), isCurrent: false, emit, next =>
        {
            next.FaultsLeft--;
            change(next);
        });

    private void Make(World world, Move move, Progress progress, bool isCurrent, Action<Move, World> emit, Action<World> change)
    {
        progress.Made |= isCurrent;
        Current = move;
        var next = world.Clone();
        change(next);
        _oracle.Check(next);
        DropUndeliverable(next);
        emit(move, next);
    }

    /// <summary>Where nobody is left to hear a message, and nobody will come, worlds with and without it are the same.</summary>
    private static void DropUndeliverable(World world)
    {
        if (world.Completed)
            world.Network = [.. world.Network.Where(m => m.Kind >= MessageKind.PutManifest
                || Array.Exists(world.Jobs, job => job.Runs && job.Generation == m.Generation))];
    }

    private static IEnumerable<Message> Distinct(Message[] network)
    {
        for (var i = 0; i < network.Length; i++)
            if (Array.IndexOf(network, network[i]) == i) yield return network[i];
    }

    /// <summary>Whether the current generation can do anything, faults and zombies aside.</summary>
    private sealed class Progress
    {
        public bool Made;
    }
}
