namespace Gristmill.Protocol.Tests.Model;

/// <summary>Everything there is: what is durable, what is published, what runs, and what is on its way.</summary>
internal sealed class World
{
    // Durable.
    public HeadRecord? Head;
    public Snapshot[] Manifests = [];

    // Published: how often each record (2 bits each), and up to which checkpoint.
    public uint Published;
    public CheckpointId PublishedUpTo;

    /// <summary>The records that were in each committed checkpoint, by its number; what the oracle compares with.</summary>
    public uint[] Committed = new uint[16];

    // Running. The last job is the current one; one before it is a zombie.
    public Job[] Jobs = [];
    public Message[] Network = [];
    public bool Completed;
    public long NowMs;

    // What may still happen to it.
    public int FaultsLeft;
    public int RequestsLeft;
    public bool StopLeft;

    public Job Current => Jobs[^1];

    public World Clone()
    {
        var jobs = new Job[Jobs.Length];
        for (var i = 0; i < jobs.Length; i++) jobs[i] = Jobs[i].Clone();
        var copy = (World)MemberwiseClone();
        copy.Jobs = jobs;
        return copy;
    }

    public void Send(Message message) => Network = [.. Network, message];

    public void Take(Message message)
    {
        var at = Array.IndexOf(Network, message);
        Network = [.. Network[..at], .. Network[(at + 1)..]];
    }

    public UInt128 Digest(Encoder encoder, List<int> ends)
    {
        encoder.Clear();
        encoder.Head(Head);
        encoder.Byte(Manifests.Length);
        foreach (var manifest in Manifests) manifest.Encode(encoder);
        encoder.Long(Published);
        encoder.Byte((int)PublishedUpTo.Value);
        foreach (var records in Committed) encoder.Byte((int)records);
        encoder.Byte(Completed ? 1 : 0);
        encoder.Time(NowMs);
        encoder.Byte(FaultsLeft);
        encoder.Byte(RequestsLeft);
        encoder.Byte(StopLeft ? 1 : 0);
        encoder.Byte(Jobs.Length);
        foreach (var job in Jobs) job.Encode(encoder);

        encoder.InNoOrder(Network, static (message, to) => message.Encode(to), ends);
        return encoder.Digest();
    }
}
