using System.Runtime.InteropServices;
using Gristmill.Protocol;

namespace Gristmill.Grains;

/// <summary>Which silos hold a store.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.ReplicaSetup")]
internal sealed record ReplicaSetup(
    [property: Id(0)] string Store, [property: Id(1)] long Epoch, [property: Id(2)] SiloAddress Primary, [property: Id(3)] SiloAddress? Backup)
{
    public static ReplicaSetup Of(string store, ReplicaConfiguration configuration) => new(
        store, configuration.Epoch, SiloAddress.FromParsableString(configuration.Primary),
        configuration.Backup is { } backup ? SiloAddress.FromParsableString(backup) : null);

    public ReplicaConfiguration ToConfiguration() => new(Epoch, Primary.ToParsableString(), Backup?.ToParsableString());

    public bool Has(SiloAddress silo) => silo.Equals(Primary) || silo.Equals(Backup);

    public override string ToString() => Backup is null ? $"{Primary} alone" : $"{Primary} and {Backup}";
}

/// <summary>Which silos hold a store, or why nobody does.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.DirectoryReply")]
internal sealed record DirectoryReply([property: Id(0)] ReplicaSetup? Setup, [property: Id(1)] string? Error, [property: Id(2)] bool IsLost);

/// <summary>An operation on its way.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.ReplicaCommand")]
internal sealed record ReplicaCommand(
    [property: Id(0)] Guid Id, [property: Id(1)] ReplicaOperationKind Kind, [property: Id(2)] long SentAfter, [property: Id(3)] string Name,
    [property: Id(4)] Guid Upload, [property: Id(5)] long Position, [property: Id(6)] byte[] Bytes, [property: Id(7)] long NowMs)
{
    public ReplicaOperation ToOperation() => new()
    {
        Id = Id, Kind = Kind, SentAfter = SentAfter, Name = Name, Upload = Upload, Position = Position, Bytes = Bytes, NowMs = NowMs,
    };
}

/// <summary>What has become of an operation.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.CommandReply")]
internal sealed record CommandReply([property: Id(0)] ReplicaAnswer Answer, [property: Id(1)] ReplicaOutcome Outcome, [property: Id(2)] long Made, [property: Id(3)] long Held);

/// <summary>A question for what the store holds.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.ReplicaQuestion")]
internal sealed record ReplicaQuestion(
    [property: Id(0)] ReplicaQuestionKind Kind, [property: Id(1)] string Name, [property: Id(2)] long Offset, [property: Id(3)] int Count);

[GenerateSerializer]
internal enum ReplicaQuestionKind
{
    Bytes = 0,

    Length,

    List,

    Head,
}

/// <summary>What the store holds.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.ReplicaFinding")]
internal sealed record ReplicaFinding(
    [property: Id(0)] ReplicaAnswer Answer, [property: Id(1)] bool Found, [property: Id(2)] long Number, [property: Id(3)] byte[] Bytes,
    [property: Id(4)] IReadOnlyList<ListedObject> Objects, [property: Id(5)] long Made);

/// <summary>An object of a listing.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.ListedObject")]
internal readonly record struct ListedObject([property: Id(0)] string Name, [property: Id(1)] long Length, [property: Id(2)] long ModifiedMs);

/// <summary>What a silo has of a store.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.ReplicaStatus")]
internal sealed record ReplicaStatus([property: Id(0)] ReplicaAnswer Answer, [property: Id(1)] long Promised, [property: Id(2)] long ContentEpoch);

/// <summary>Some parts of a content, in order.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.ContentPage")]
internal sealed record ContentPage([property: Id(0)] long Number, [property: Id(1)] IReadOnlyList<PagePart> Parts, [property: Id(2)] bool IsLast);

/// <summary>A part of a content.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.PagePart")]
internal readonly record struct PagePart(
    [property: Id(0)] ContentPartKind Kind, [property: Id(1)] string Name, [property: Id(2)] Guid Id, [property: Id(3)] long Number, [property: Id(4)] long Other, [property: Id(5)] byte[] Bytes)
{
    public static PagePart Of(ContentPart part) => new(part.Kind, part.Name, part.Id, part.Number, part.Other, BytesOf(part.Bytes));

    public ContentPart ToPart() => new(Kind, Name, Id, Number, Other, Bytes);

    /// <summary>The array itself where it is one: nobody writes to it any more.</summary>
    public static byte[] BytesOf(ReadOnlyMemory<byte> bytes)
        => MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment) && segment.Array is { } array && segment.Offset == 0 && segment.Count == array.Length
            ? array
            : bytes.ToArray();
}
