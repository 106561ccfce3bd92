using Gristmill.Protocol.Tests.Model;

namespace Gristmill.Protocol.Tests.Replication;

/// <summary>How large a world is, and what is wrong with it.</summary>
internal sealed record ReplicaModelOptions
{
    /// <summary>How often the first client sends its move.</summary>
    public int Tries { get; init; } = 2;

    /// <summary>How often the second client does.</summary>
    public int OtherTries { get; init; } = 1;

    /// <summary>How often each client sends its read.</summary>
    public int ReadTries { get; init; } = 1;

    public int Reconfigurations { get; init; } = 1;

    public int Crashes { get; init; } = 1;

    /// <summary>How many messages come twice.</summary>
    public int Doubles { get; init; }

    /// <summary>How many outcomes replicas remember.</summary>
    public int Remembers { get; init; } = 8;

    /// <summary>Whether the second client moves the head from where the first one leaves it; else both from the start.</summary>
    public bool OneAfterTheOther { get; init; }

    public ReplicationFaults Mutant { get; init; }

    /// <summary>The record is written whoever has written it meanwhile.</summary>
    public bool BlindRecord { get; init; }

    /// <summary>A replica's content is copied without sealing it.</summary>
    public bool NoSeal { get; init; }
}

/// <summary>
/// What can happen: any message comes, or never does (whoever waits for it may stop doing so), or comes twice; a node dies; anybody
/// reconfigures, from either replica to any other node, at any time, two at once.
/// </summary>
internal sealed class ReplicaMoves(ReplicaModelOptions options)
{
    private const int Nodes = 3;

    private static readonly ReplicaConfiguration s_first = new(1, "0", "1");

    public string Current { get; private set; } = "";

    public ReplicaWorld Start()
    {
        var record = Reconfiguration.Choose(Reconfiguration.Reserve(ReplicationRecord.None), s_first.Primary, s_first.Backup);
        var empty = ReplicatedContent.Empty with { Remembers = options.Remembers, Faults = options.Mutant };
        var none = ReplicaState.None with { Faults = options.Mutant, Content = empty };
        var held = Replica.Install(none, 1, empty).Next;
        return new ReplicaWorld
        {
            Record = record,
            Replicas = [held, held, none],
            Clients = [new ModelClient { TriesLeft = TriesOf(0) }, new ModelClient { TriesLeft = TriesOf(1) }],
            Reconfigurations = [.. Enumerable.Repeat(new ModelReconfiguration(0, null, 0, 0), options.Reconfigurations)],
            CrashesLeft = options.Crashes,
            DoublesLeft = options.Doubles,
        };
    }

    public void Expand(ReplicaWorld world, Action<string, ReplicaWorld> reach)
    {
        foreach (var message in world.Network.Distinct())
        {
            Do($"{message.Call} to {message.To} from {message.From}, try {message.Try}, epoch {message.Epoch}", w =>
            {
                var at = Array.IndexOf(w.Network, message);
                w.Network = [.. w.Network[..at], .. w.Network[(at + 1)..]];
                Deliver(w, message);
            });
            if (world.DoublesLeft > 0)
            {
                Do($"{message.Call} to {message.To} from {message.From}, and once more", w =>
                {
                    w.DoublesLeft--;
                    Deliver(w, message);
                });
            }
        }

        for (var i = 0; i < world.Clients.Length; i++)
        {
            var client = i;
            if (world.Clients[client] is not { Step: < 2, TriesLeft: > 0 }) continue;
            Do($"client {client} sends", w => SendTry(w, client, w.Record.Current!));

            // Or it has not heard of any reconfiguration.
            if (world.Record.Current != s_first) Do($"client {client} sends by the first configuration", w => SendTry(w, client, s_first));
        }

        for (var i = 0; i < Nodes; i++)
        {
            var node = i;
            if (world.Replicas[node] is { Pending: not null, BackupLost: false } held)
                Do($"{node} waits no more for its backup", w => w.Replicas[node] = Replica.NotReplicated(held, held.Promised));
            if (world.CrashesLeft > 0 && world.Replicas[node] is not null)
            {
                Do($"{node} dies", w =>
                {
                    w.CrashesLeft--;
                    w.Replicas[node] = null;
                    w.Network = [.. w.Network.Where(message => message.To != node || message.Call is Call.Answer or Call.Sealed or Call.Installed)];
                });
            }
        }

        for (var i = 0; i < world.Reconfigurations.Length; i++)
        {
            var one = i;

            // The second begins after the first: which of the two is which makes no difference.
            if (world.Reconfigurations[one].Step != 0 || (one > 0 && world.Reconfigurations[one - 1].Step == 0)) continue;
            foreach (var source in new[] { world.Record.Current!.Primary, world.Record.Current.Backup! })
            {
                for (var i2 = 0; i2 < Nodes; i2++)
                {
                    var target = i2;
                    if (target != source[0] - '0') Do($"reconfiguration {one} from {source} to {target}", w => Begin(w, one, source[0] - '0', target));
                }
            }
        }

        void Do(string name, Action<ReplicaWorld> change)
        {
            Current = name;
            var next = world.Clone();
            change(next);
            CheckContents(next);
            if ((options.Mutant & (ReplicationFaults.ServeSealedEpoch | ReplicationFaults.InstallTwice)) == 0) next.Network = [.. next.Network.Where(message => MatterStill(next, message))];
            reach(name, next);
        }
    }

    /// <summary>Whether a message can still change anything: those that never will are the same as lost, which makes fewer worlds.</summary>
    private static bool MatterStill(ReplicaWorld world, ReplicaMessage message)
    {
        if (message.Call == Call.Answer) return world.Clients[message.To] is { Step: < 2 } client && client.Try == message.Try;
        if (message.Call is Call.Sealed or Call.Installed)
            return world.Reconfigurations[message.To] is var one && one.Reserved!.Reserved == message.Epoch && one.Step == (message.Call == Call.Sealed ? 1 : 2);
        if (world.Replicas[message.To] is not { } replica || message.Epoch < replica.Promised) return false;
        return message.Call switch
        {
            // Who waits for the answer of an epoch that is over, or of a try that is over, hears nothing.
            Call.Read or Call.Confirm => world.Clients[message.From] is { Step: 1 } reader && reader.Try == message.Try && !(replica.BackupLost && message.Call == Call.Read),
            Call.Submit => !(replica.IsIn(message.Epoch) && replica.BackupLost),
            Call.Replicate => message.Number > replica.Content.Made || world.Replicas[message.Primary]?.Pending is not null,
            Call.Replicated => replica.Pending is not null && !replica.BackupLost && message.Number == replica.Content.Made + 1,
            Call.Seal or Call.Copy => world.Reconfigurations[message.From].Step < 3,
            Call.Install => !replica.IsIn(message.Epoch) || world.Reconfigurations[message.From].Step < 3,
            _ => true,
        };
    }

    private int TriesOf(int client) => client == 0 ? options.Tries : options.OtherTries;

    private static void Begin(ReplicaWorld world, int one, int source, int target)
    {
        world.Record = Reconfiguration.Reserve(world.Record);
        world.Reconfigurations[one] = new ModelReconfiguration(1, world.Record, source, target);
        world.Send(new ReplicaMessage(Call.Seal, source, one, 0) { Epoch = world.Record.Reserved });
    }

    private void SendTry(ReplicaWorld world, int who, ReplicaConfiguration configuration)
    {
        var client = world.Clients[who];
        var first = client.TriesLeft == (client.Step == 0 ? TriesOf(who) : options.ReadTries);
        var known = first ? world.Known : client.KnownAtStart;
        var expected = options.OneAfterTheOther ? who : 0;
        // No two tries of a client have the same number.
        client = client with { Try = 8 * client.Step + client.TriesLeft, TriesLeft = client.TriesLeft - 1, KnownAtStart = known };
        world.Clients[who] = client;
        var message = new ReplicaMessage(client.Step == 0 ? Call.Submit : Call.Read, configuration.Primary[0] - '0', who, client.Try)
        {
            Configuration = configuration,
            Epoch = configuration.Epoch,
            Operation = client.Step != 0 ? null : new ReplicaOperation
            {
                Id = ReplicaWorld.MoveOf(who),
                Kind = ReplicaOperationKind.MoveHead,
                SentAfter = client.SentAfter,
                Name = "job",
                Position = expected,
                Bytes = new[] { (byte)(1 + who) },
            },
        };
        world.Send(message);
    }

    private void Deliver(ReplicaWorld world, ReplicaMessage message)
    {
        if (message.Call is Call.Answer or Call.Sealed or Call.Installed)
        {
            if (message.Call == Call.Answer) Hear(world, message);
            else Continue(world, message);
            return;
        }

        if (world.Replicas[message.To] is { } replica) world.Replicas[message.To] = Step(world, replica, message);
    }

    private ReplicaState Step(ReplicaWorld world, ReplicaState replica, ReplicaMessage message)
    {
        switch (message.Call)
        {
            case Call.Submit:
                return Submit(world, replica, message);
            case Call.Replicate:
                var (made, answer) = Replica.Replicate(replica, message.Epoch, message.Number, message.Operation!);
                if (answer == ReplicaAnswer.Accepted) world.Send(message with { Call = Call.Replicated, To = message.Primary, Operation = null });
                return made;
            case Call.Replicated:
                var (acknowledged, result) = Replica.Replicated(replica, message.Epoch, message.Number);
                if (result is { } known) Answer(world, message, known);
                return acknowledged;
            case Call.Read:
                if (Replica.CanServe(replica, message.Epoch) != ReplicaAnswer.Accepted) return replica;
                var read = message with { Call = Call.Confirm, To = message.Configuration!.Backup![0] - '0', Configuration = null, Value = HeadOf(replica.Content).Version };
                world.Send((options.Mutant & ReplicationFaults.ReadWithoutBackup) == 0 ? read : read with { Call = Call.Answer, To = read.From });
                return replica;
            case Call.Confirm:
                if (Replica.Confirm(replica, message.Epoch) == ReplicaAnswer.Accepted) world.Send(message with { Call = Call.Answer, To = message.From });
                return replica;
            case Call.Seal:
                var (held, yes) = options.NoSeal ? (replica, ReplicaAnswer.Accepted) : Replica.Seal(replica, message.Epoch);
                world.Send(new ReplicaMessage(Call.Sealed, message.From, message.To, 0) { Epoch = message.Epoch, Number = held.ContentEpoch, Yes = yes == ReplicaAnswer.Accepted });
                return held;
            case Call.Copy:
                var (adopted, copied) = options.NoSeal
                    ? (replica with { Promised = message.Epoch, ContentEpoch = message.Epoch }, ReplicaAnswer.Accepted)
                    : Replica.Adopt(replica, message.Epoch);
                if (copied == ReplicaAnswer.Accepted)
                    world.Send(new ReplicaMessage(Call.Install, message.Value, message.From, 0) { Epoch = message.Epoch, Content = options.NoSeal ? message.Content : adopted.Content });
                return adopted;
            case Call.Install:
                var (installed, taken) = Replica.Install(replica, message.Epoch, message.Content!);
                if (taken == ReplicaAnswer.Accepted) world.Send(new ReplicaMessage(Call.Installed, message.From, message.To, 0) { Epoch = message.Epoch });
                return installed;
            default:
                return Replica.Retire(replica, message.Epoch);
        }
    }

    private ReplicaState Submit(ReplicaWorld world, ReplicaState replica, ReplicaMessage message)
    {
        var number = replica.Content.Made + 1;
        var (next, answer, _) = Replica.Submit(replica, message.Configuration!, message.Operation!, long.MaxValue);

        // Who is told to wait or to look elsewhere tries again, as if nothing had come.
        if (answer != ReplicaAnswer.Accepted) return next;
        world.Send(message with { Call = Call.Replicate, To = message.Configuration!.Backup![0] - '0', Primary = message.To, Number = number, Configuration = null });
        if ((options.Mutant & ReplicationFaults.AnswerBeforeBackup) != 0) Answer(world, message, replica.Content.Make(message.Operation!).Result);
        return next;
    }

    private static void Answer(ReplicaWorld world, ReplicaMessage message, ReplicaResult result) =>
        world.Send(new ReplicaMessage(Call.Answer, message.From, message.From, message.Try) { Value = (int)result.Outcome, Number = result.Made });

    /// <summary>A client hears what has become of what it is at; what it no longer waits for means nothing to it.</summary>
    private void Hear(ReplicaWorld world, ReplicaMessage message)
    {
        var client = world.Clients[message.To];
        if (client.Try != message.Try || client.Step == 2) return;
        if (client.Step == 1)
        {
            Oracle(message.Value >= client.KnownAtStart, $"a read found version {message.Value} after somebody knew of {client.KnownAtStart}");
            world.Known = Math.Max(world.Known, message.Value);
            world.Clients[message.To] = client with { Step = 2, Try = 0, TriesLeft = 0, KnownAtStart = 0 };
            return;
        }

        var expected = options.OneAfterTheOther ? message.To : 0;
        switch ((ReplicaOutcome)message.Value)
        {
            case ReplicaOutcome.Done:
                Oracle(world.Movers[expected + 1] is var mover && (mover == 0 || mover == 1 + message.To), $"two moved the head to version {expected + 1}");
                world.Movers[expected + 1] = 1 + message.To;
                world.Known = Math.Max(world.Known, expected + 1);
                break;
            case ReplicaOutcome.Forgotten when client.TriesLeft == TriesOf(message.To) - 1:
                world.Clients[message.To] = client with { Try = 0, SentAfter = message.Number };
                return;
            case ReplicaOutcome.Forgotten:
                break;
            default:
                world.Refused |= 1 << message.To;
                break;
        }

        world.Clients[message.To] = new ModelClient { Step = 1, TriesLeft = options.ReadTries };
    }

    private void Continue(ReplicaWorld world, ReplicaMessage message)
    {
        var one = world.Reconfigurations[message.To];
        if (one.Reserved?.Reserved != message.Epoch) return;
        if (message.Call == Call.Sealed && one.Step == 1)
        {
            var fits = message.Yes && Reconfiguration.CanBeSource(one.Reserved, $"{one.Source}", message.Number);
            world.Reconfigurations[message.To] = one with { Step = fits ? 2 : 3 };
            if (fits)
            {
                world.Send(new ReplicaMessage(Call.Copy, one.Source, message.To, 0)
                {
                    Epoch = message.Epoch, Value = one.Target, Content = options.NoSeal ? world.Replicas[one.Source]?.Content : null,
                });
            }
        }
        else if (message.Call == Call.Installed && one.Step == 2)
        {
            world.Reconfigurations[message.To] = one with { Step = 3 };
            if (world.Record != one.Reserved && !options.BlindRecord) return;
            world.Record = Reconfiguration.Choose(one.Reserved, $"{one.Source}", $"{one.Target}");
            world.Send(new ReplicaMessage(Call.Retire, Nodes - one.Source - one.Target, 0, 0) { Epoch = message.Epoch });
        }
    }

    /// <summary>Whatever may become the next content, or is read, has all that anybody was told; with one crash there is always some.</summary>
    private static void CheckContents(ReplicaWorld world)
    {
        var current = world.Record.Current!;
        var left = 0;
        for (var node = 0; node < Nodes; node++)
        {
            if (world.Replicas[node] is not { } replica || replica.ContentEpoch < current.Epoch) continue;
            if (current.Has($"{node}")) left++;
            var (version, mover) = HeadOf(replica.Content);
            Oracle(version >= world.Known, $"node {node} has version {version} of epoch {replica.ContentEpoch}, but somebody knows of {world.Known}");
            Oracle(version == 0 || world.Movers[version] == 0 || world.Movers[version] == mover, $"node {node} has version {version} of {mover - 1}, but {world.Movers[version] - 1} moved it");
            Oracle(version == 0 || (world.Refused & (1 << (mover - 1))) == 0, $"client {mover - 1} was told that it has not moved the head, but node {node} has its version");
        }

        Oracle(left > 0, "no node of the configuration has its content");
    }

    private static (int Version, int Mover) HeadOf(ReplicatedContent content) =>
        content.Heads.GetValueOrDefault("job") is { } head ? ((int)head.Version, head.Content.Span[0]) : (0, 0);

    private static void Oracle(bool holds, string otherwise)
    {
        if (!holds) throw new ViolationException(otherwise);
    }
}
