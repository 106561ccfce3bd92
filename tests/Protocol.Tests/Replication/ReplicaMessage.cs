using Gristmill.Protocol.Tests.Model;

namespace Gristmill.Protocol.Tests.Replication;

/// <summary>What is on its way between clients, replicas and who reconfigures.</summary>
internal enum Call
{
    Submit,
    Read,
    Replicate,
    Replicated,
    Confirm,
    Answer,
    Seal,
    Sealed,
    Copy,
    Install,
    Installed,
    Retire,
}

/// <param name="Call">What it says.</param>
/// <param name="To">The replica, client or reconfiguration.</param>
/// <param name="From">Who is to be answered, and which of its tries it is.</param>
/// <param name="Try">The try.</param>
internal sealed record ReplicaMessage(Call Call, int To, int From, int Try)
{
    public ReplicaConfiguration? Configuration { get; init; }

    public long Epoch { get; init; }

    public long Number { get; init; }

    public int Primary { get; init; }

    public ReplicaOperation? Operation { get; init; }

    public ReplicatedContent? Content { get; init; }

    /// <summary>The head that is read, or what has become of an operation.</summary>
    public int Value { get; init; }

    public bool Yes { get; init; }

    public void Encode(Encoder encoder)
    {
        encoder.Byte((int)Call);
        encoder.Byte(To);
        encoder.Byte(From);
        encoder.Byte(Try);
        encoder.Byte((int)Epoch);
        encoder.Byte((int)Number);
        encoder.Byte(Primary);
        encoder.Byte(Value);
        encoder.Byte(Yes ? 1 : 0);
        ReplicaWorld.Encode(encoder, Configuration);
        encoder.Byte(Operation is null ? 0 : 1 + ReplicaWorld.MoverOf(Operation.Id));
        encoder.Byte((int)(Operation?.SentAfter ?? 0));
        encoder.Byte(Content is null ? 0 : 1);
        if (Content is not null) ReplicaWorld.Encode(encoder, Content);
    }
}
