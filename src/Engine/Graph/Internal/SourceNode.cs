using Gristmill.Operators;
using Gristmill.Runtime;

namespace Gristmill.Graph;

internal abstract class SourceNode : Node
{
    public override bool StartsParallelism => true;

    public BadRecordPolicy BadRecords { get; set; }

    public abstract ValueTask<IReadOnlyList<StoredSplit>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken);

    public abstract IReadOnlyList<StoredSplit> Decode(ReadOnlySpan<byte> positionSchema, ReadOnlySpan<byte> payload);

    /// <summary>The schema of its splits' positions.</summary>
    public abstract string PositionSchema { get; }

    /// <summary>Which subtask reads a split; null: whoever it is dealt to.</summary>
    public abstract int? OwnerOf(string splitId, int parallelism);

    public abstract SourceHead Create(SubtaskBuilder builder, IReadOnlyList<StoredSplit> splits);
}

internal sealed class SourceNode<T> : SourceNode
{
    private readonly SourceBinding<T> _binding;

    public SourceNode(Source<T> source)
    {
        _binding = source.Bind();
        Output = new Port<T>(this);
        DeadLetters = new Port<BadRecord>(this);
        Outputs.Add(Output);
        Outputs.Add(DeadLetters);
    }

    public Port<T> Output { get; }

    public Port<BadRecord> DeadLetters { get; }

    public override IEnumerable<string> Problems()
    {
        foreach (string problem in _binding.Problems())
            yield return problem;
        if (BadRecords == BadRecordPolicy.DeadLetter && DeadLetters.Consumers.Count == 0)
            yield return "bad records go to dead letters, but nothing reads them; write .DeadLetters(out var bad) and bad.To(...).";
    }

    public override ValueTask<IReadOnlyList<StoredSplit>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
        => _binding.DiscoverAsync(context, cancellationToken);

    public override IReadOnlyList<StoredSplit> Decode(ReadOnlySpan<byte> positionSchema, ReadOnlySpan<byte> payload)
        => _binding.Decode(positionSchema, payload);

    public override string PositionSchema => _binding.PositionSchema;

    public override int? OwnerOf(string splitId, int parallelism) => _binding.OwnerOf(splitId, parallelism);

    public override SourceHead Create(SubtaskBuilder builder, IReadOnlyList<StoredSplit> splits)
    {
        SubtaskBuilder.Position here = builder.Here;
        Receiver<T> next = Output.Build(builder);
        builder.Here = here;
        var deadLetters = new Emitter<BadRecord>(DeadLetters.Build(builder), builder.Run.Options.BatchSize);
        var context = new SubtaskSourceContext(builder, Name!, BadRecords, deadLetters);
        return _binding.Open(new SourceSetup<T>(
            Name!, builder.Index, splits, next, here.Splits!, context, builder.Run.Options.BatchSize, builder.Run.SeekSourcesOneTooFar));
    }
}
