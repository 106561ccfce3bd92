using Gristmill.Codec;
using Gristmill.Operators;
using Gristmill.Runtime;

namespace Gristmill.Graph;

/// <summary>An input of an operator.</summary>
internal abstract class Consumer(Node node)
{
    public Node Node { get; } = node;

    /// <summary>Whether it must have its records by key.</summary>
    public virtual bool IsKeyed => false;

    /// <summary>The schemas of its records and, if they come by key, of their keys: what both ends of a channel must agree on.</summary>
    public abstract string Schemas { get; }

    /// <summary>The type of its records.</summary>
    public abstract Type RecordType { get; }

    /// <summary>Makes the channels to this input, where it is the head of a task.</summary>
    public abstract Exchange CreateExchange(JobRun run, ExchangePlan plan);
}

internal abstract class Consumer<T>(Node node) : Consumer(node)
{
    public override string Schemas => Codecs.For<T>().Schema.ToString();

    /// <summary>Builds the operator and what is behind it, and returns where its input goes.</summary>
    public abstract Receiver<T> Create(SubtaskBuilder builder);

    /// <summary>Where the records of the operator before go: into this operator, or into the channels to it.</summary>
    public Receiver<T> Receive(SubtaskBuilder builder)
        => builder.Run.Plan.IsChained(this) ? Create(builder) : Send(new EmptyRun<T>(), builder);

    /// <summary>The same for a fused run, which an operator without state makes longer.</summary>
    public virtual Receiver<TIn> Extend<TIn>(FusedRun<TIn, T> run, SubtaskBuilder builder)
        => builder.Run.Plan.IsChained(this)
            ? run.Close(new EmitStage<T>(new Emitter<T>(Create(builder), builder.Run.Options.BatchSize)), builder)
            : Send(run, builder);

    public override Type RecordType => typeof(T);

    /// <summary>
    /// Finds those of the records that were in flight to a subtask which come to another one now, whatever the parallelism
    /// was. Without keys all records of a subtask stay together.
    /// </summary>
    public virtual void FindOwn(ReadOnlySpan<T> records, int to, Share share, Span<bool> own) => own.Fill(to % share.Parallelism == share.Index);

    public override Exchange CreateExchange(JobRun run, ExchangePlan plan) => new Exchange<T>(run, plan, this);

    /// <summary>The sending end of the channels to this input.</summary>
    protected virtual Receiver<TIn> Send<TIn>(FusedRun<TIn, T> run, SubtaskBuilder builder)
    {
        var exchange = (Exchange<T>)builder.Run.Plan.ExchangeTo(this);
        SubtaskBuilder.Place place = builder.Enter(keepsSplits: false);
        ScatterOutput<T> output = exchange.OpenOutput(builder.Index, builder.Run.Options.KeyGroups, Node.Label);
        place.Operator = output;
        return Close(run, Scatter(output, exchange.IsForward), builder);
    }

    /// <summary>What sends the records of the operator before to this input's subtasks.</summary>
    protected virtual Receiver<T> Scatter(ScatterOutput<T> output, bool forward)
        => forward ? new ForwardReceiver<T>(output) : new RebalanceReceiver<T>(output);

    private static Receiver<TIn> Close<TIn>(FusedRun<TIn, T> run, Receiver<T> sender, SubtaskBuilder builder)
        => run is FusedRun<T, T> and EmptyRun<T> && sender is Receiver<TIn> direct
            ? direct
            : run.Close(new EmitStage<T>(new Emitter<T>(sender, builder.Run.Options.BatchSize)), builder);
}

/// <summary>An input whose records come by key.</summary>
internal abstract class KeyedConsumer<T, TKey>(Node node, KeyExtractor<T, TKey> keys) : Consumer<T>(node)
{
    public KeyExtractor<T, TKey> Keys { get; } = keys;

    public override bool IsKeyed => true;

    public override string Schemas => $"{base.Schemas} by {Codecs.For<TKey>().Schema}";

    public override void FindOwn(ReadOnlySpan<T> records, int to, Share share, Span<bool> own)
    {
        var hashes = new ulong[records.Length];
        Keys.Extract(records, new TKey[records.Length], hashes);
        for (int i = 0; i < own.Length; i++)
            own[i] = share.Owns(hashes[i]);
    }

    protected override Receiver<T> Scatter(ScatterOutput<T> output, bool forward) => new KeyedScatterReceiver<T, TKey>(Keys, output);
}
