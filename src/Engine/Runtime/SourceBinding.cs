using Gristmill.Codec;
using Gristmill.Operators;

namespace Gristmill.Runtime;

/// <summary>Ties a user's source to the engine, on the side of the subtasks and on that of the coordinator.</summary>
internal abstract class SourceBinding<T>
{
    /// <summary>Lists the splits with their starting positions encoded.</summary>
    public abstract ValueTask<IReadOnlyList<StoredSplit>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken);

    /// <summary>Brings positions of a checkpoint into the form of today's type.</summary>
    public abstract IReadOnlyList<StoredSplit> Decode(ReadOnlySpan<byte> positionSchema, ReadOnlySpan<byte> payload);

    /// <summary>The schema of positions as today's type has it.</summary>
    public abstract string PositionSchema { get; }

    /// <summary>Which subtask reads a split; null: whoever it is dealt to.</summary>
    public abstract int? OwnerOf(string splitId, int parallelism);

    public abstract SourceHead Open(SourceSetup<T> setup);

    public abstract IEnumerable<string> Problems();
}

/// <summary>A split with its position in the codec of the source's position type.</summary>
internal sealed record StoredSplit(string Id, byte[] Position, bool Ended);

internal sealed record SourceSetup<T>(
    string Name, int Subtask, IReadOnlyList<StoredSplit> Splits, Receiver<T> Next, SplitSet SplitSet,
    SourceContext Context, int BatchCapacity, bool SeekOneTooFar);

internal sealed class SourceBinding<T, TPosition>(Source<T, TPosition> source) : SourceBinding<T>
{
    public override async ValueTask<IReadOnlyList<StoredSplit>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
    {
        IReadOnlyList<SourceSplit<TPosition>> splits = await source.DiscoverAsync(context, cancellationToken);
        string? doubled = splits.GroupBy(split => split.Id).FirstOrDefault(group => group.Count() > 1)?.Key;
        return doubled is null
            ? [.. splits.Select(split => new StoredSplit(split.Id, SplitPositions.Encode(split.Start), Ended: false))]
            : throw new InvalidOperationException($"Source '{context.Operator}' lists the split '{doubled}' twice; ids must be unique.");
    }

    public override IReadOnlyList<StoredSplit> Decode(ReadOnlySpan<byte> positionSchema, ReadOnlySpan<byte> payload)
        => SplitPositions.Decode<TPosition>(positionSchema, payload);

    public override string PositionSchema => Codecs.For<TPosition>().Schema.ToString();

    public override int? OwnerOf(string splitId, int parallelism) => source.OwnerOf(splitId, parallelism) switch
    {
        { } owner when owner < 0 || owner >= parallelism => throw new InvalidOperationException(
            $"The source says that subtask {owner} reads '{splitId}', but its subtasks are 0 to {parallelism - 1}."),
        var owner => owner,
    };

    public override SourceHead Open(SourceSetup<T> setup) => new SourceHead<T, TPosition>(source, setup);

    public override IEnumerable<string> Problems()
        => source.Validate().Concat(Codecs.Problems(typeof(TPosition)).Select(problem => $"position type: {problem}"));
}

/// <summary>Positions as they lie in a checkpoint: count, then for each split id, whether it has ended, position.</summary>
internal static class SplitPositions
{
    public static byte[] Encode<TPosition>(TPosition position)
    {
        var writer = new ByteWriter(64);
        Codecs.For<TPosition>().Write(writer, in position);
        return writer.ToArray();
    }

    public static TPosition DecodeOne<TPosition>(byte[] position)
    {
        var reader = new ByteReader(position);
        return Codecs.For<TPosition>().Read(ref reader);
    }

    public static void Write(ByteWriter writer, string id, bool ended, ReadOnlySpan<byte> position)
    {
        writer.WriteString(id);
        writer.WriteByte(ended ? (byte)1 : (byte)0);
        writer.WriteVarUInt((ulong)position.Length);
        writer.WriteBytes(position);
    }

    public static IReadOnlyList<StoredSplit> Decode<TPosition>(ReadOnlySpan<byte> positionSchema, ReadOnlySpan<byte> payload)
    {
        var schema = new ByteReader(positionSchema);
        Codec<TPosition> codec = Codecs.For<TPosition>(Schema.ReadFrom(ref schema));
        var splits = new List<StoredSplit>();
        var reader = new ByteReader(payload);
        while (reader.Remaining > 0)
        {
            string id = reader.ReadString();
            bool ended = reader.ReadByte() != 0;
            var position = new ByteReader(reader.ReadBytes(reader.ReadCount()));
            splits.Add(new StoredSplit(id, Encode(codec.Read(ref position)), ended));
        }

        return splits;
    }
}
