using Gristmill.Protocol.Tests.Model;

namespace Gristmill.Protocol.Tests.Replication;

/// <summary>Where a client is: it moves the head, learns whether that happened, and reads it.</summary>
internal sealed record ModelClient
{
    /// <summary>What it is at: 0 its move, 1 its read, 2 nothing more.</summary>
    public int Step { get; init; }

    /// <summary>Which try it waits for; 0: it is to send one.</summary>
    public int Try { get; init; }

    public int TriesLeft { get; init; }

    public long SentAfter { get; init; }

    /// <summary>The newest version anybody knew of when the client began what it is at.</summary>
    public int KnownAtStart { get; init; }
}

/// <summary>One reconfiguration: 0 not begun, 1 sealing, 2 copying, 3 over.</summary>
internal sealed record ModelReconfiguration(int Step, ReplicationRecord? Reserved, int Source, int Target);

/// <summary>Three replicas, the record outside them, two clients, two who reconfigure, and the network.</summary>
internal sealed class ReplicaWorld
{
    public ReplicationRecord Record = ReplicationRecord.None;
    public ReplicaState?[] Replicas = [];
    public ModelClient[] Clients = [];
    public ModelReconfiguration[] Reconfigurations = [];
    public ReplicaMessage[] Network = [];
    public int CrashesLeft;
    public int DoublesLeft;

    /// <summary>The newest version of the head anybody was told of, as its mover or by a read.</summary>
    public int Known;

    /// <summary>Who was told that the version is his (1 + client); 0: nobody yet.</summary>
    public int[] Movers = new int[4];

    /// <summary>Clients who were told that they have not moved the head.</summary>
    public int Refused;

    public static Guid MoveOf(int client) => new(client + 1, 0, 0, new byte[8]);

    public static int MoverOf(Guid id) => BitConverter.ToInt32(id.ToByteArray());

    public ReplicaWorld Clone()
    {
        var copy = (ReplicaWorld)MemberwiseClone();
        copy.Replicas = [.. Replicas];
        copy.Clients = [.. Clients];
        copy.Reconfigurations = [.. Reconfigurations];
        copy.Movers = [.. Movers];
        return copy;
    }

    public void Send(ReplicaMessage message) => Network = [.. Network, message];

    public UInt128 Digest(Encoder encoder, List<int> ends)
    {
        encoder.Clear();
        encoder.Byte((int)Record.Reserved);
        Encode(encoder, Record.Current);
        foreach (var replica in Replicas)
        {
            encoder.Byte(replica is null ? 0 : 1);
            if (replica is null) continue;
            encoder.Byte((int)replica.Promised);
            encoder.Byte((int)replica.ContentEpoch);
            encoder.Byte(replica.BackupLost ? 1 : 0);
            encoder.Byte(replica.Pending is null ? 0 : MoverOf(replica.Pending.Id));
            encoder.Byte((int)(replica.Pending?.SentAfter ?? 0));
            Encode(encoder, replica.Content);
        }

        foreach (var client in Clients)
        {
            encoder.Byte(client.Step);
            encoder.Byte(client.Try);
            encoder.Byte(client.TriesLeft);
            encoder.Byte((int)client.SentAfter);
            encoder.Byte(client.KnownAtStart);
        }

        foreach (var one in Reconfigurations)
        {
            encoder.Byte(one.Step);
            encoder.Byte((int)(one.Reserved?.Reserved ?? 0));
            Encode(encoder, one.Reserved?.Current);
            encoder.Byte(one.Source);
            encoder.Byte(one.Target);
        }

        encoder.Byte(CrashesLeft);
        encoder.Byte(DoublesLeft);
        encoder.Byte(Known);
        encoder.Byte(Refused);
        foreach (var mover in Movers) encoder.Byte(mover);
        encoder.InNoOrder(Network, static (message, to) => message.Encode(to), ends);
        return encoder.Digest();
    }

    public static void Encode(Encoder encoder, ReplicaConfiguration? configuration)
    {
        encoder.Byte((int)(configuration?.Epoch ?? 0));
        if (configuration is null) return;
        encoder.Byte(configuration.Primary[0]);
        encoder.Byte(configuration.Backup![0]);
    }

    public static void Encode(Encoder encoder, ReplicatedContent content)
    {
        var head = content.Heads.GetValueOrDefault("job");
        encoder.Byte((int)content.Made);
        encoder.Byte((int)content.ForgottenUpTo);
        encoder.Byte((int)(head?.Version ?? 0));
        encoder.Byte(head is null ? 0 : head.Content.Span[0]);
        foreach (var (id, _) in content.Order)
        {
            encoder.Byte(MoverOf(id));
            encoder.Byte((int)content.Outcomes[id]);
        }

        encoder.Byte(255);
    }
}
