using System.Runtime.CompilerServices;

namespace Gristmill.Kafka.Internal;

/// <summary>Stages records in the checkpoint and writes them, after the head has moved, in transactions that record the epoch.</summary>
internal sealed class KafkaSink<T>(KafkaConnection connection, string topic, KafkaSerializer<T> serialize, KafkaWriteOptions options) : TransactionalSink<T, KafkaStaged>
{
    // By the generation's own context, so that what is closed is known as such for as long as anybody can ask for it.
    private readonly ConditionalWeakTable<SinkContext, SinkCommits> _commits = [];

    /// <summary>Tests see the steps of a commit, and may break in.</summary>
    internal Action<CommitStep, long>? OnStep { get; set; }

    /// <summary>Two sinks may share a topic, but not an id: they would fence each other. By default it has the operator's name in it.</summary>
    public override string? Target => options.TransactionalId is { } id ? $"kafka:{connection}/{id}" : null;

    public override IEnumerable<string> Validate() => SinkFaults.Of(connection, topic, options, () =>
    {
        SinkFaults.TryOut(ProducerSettings.ExactlyOnce(connection, options, "gristmill"));
        // What asks for the record of the epochs.
        SilentConsumer.TryOut(SilentConsumer.Config(connection, "gristmill"));
    });

    public override SinkWriter<T, KafkaStaged> OpenWriter(SinkContext context)
    {
        RecordName own = OwnOf(context);
        return new StagingWriter<T>(serialize, options, own);
    }

    public override async ValueTask CommitAsync(IReadOnlyList<Staged<KafkaStaged>> staged, SinkContext context, CancellationToken cancellationToken)
    {
        if (staged.Count > 0)
            await CommitsOf(context).PublishAsync(staged, cancellationToken);
    }

    public override async ValueTask CleanUpAsync(SinkContext context, CancellationToken cancellationToken) => await CommitsOf(context).MakeSureAsync(cancellationToken);

    public override async ValueTask CloseAsync(SinkContext context) => await CommitsOf(context).DisposeAsync();

    private SinkCommits CommitsOf(SinkContext context) => _commits.GetValue(context, _ => new SinkCommits(connection, options, OwnOf(context), context, (step, epoch) => OnStep?.Invoke(step, epoch)));

    private RecordName OwnOf(SinkContext context) => new(options.TransactionalId ?? $"gristmill.{context.Job}.{context.Operator}", topic, context.Lineage);
}
