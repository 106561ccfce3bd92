using Gristmill.Operators;

namespace Gristmill.Runtime;

/// <summary>Ties a user's sink to the engine, on the side of the subtasks and on that of the coordinator.</summary>
internal abstract class SinkBinding<T>
{
    public abstract SinkOperator<T> Open(SinkSetup setup);

    /// <summary>The part that publishes; null for a sink that delivers at once.</summary>
    public abstract ISinkCommitter? Committer(SinkContext context);

    public abstract IEnumerable<string> Problems();
}

internal sealed record SinkSetup(string Name, int Subtask, SinkContext Context, bool ForgetStaged, bool ForgetAborted);

/// <summary>Publishes what a transactional sink staged.</summary>
internal interface ISinkCommitter
{
    string Operator { get; }

    /// <summary>Adds what a block of the checkpoint says is staged.</summary>
    object Decode(ReadOnlyMemory<byte> valueSchema, ReadOnlyMemory<byte> payload);

    ValueTask CommitAsync(IEnumerable<object> staged, CancellationToken cancellationToken);

    ValueTask CleanUpAsync(CancellationToken cancellationToken);

    ValueTask CloseAsync();
}

internal sealed class TransactionalSinkBinding<T, TStaged>(TransactionalSink<T, TStaged> sink) : SinkBinding<T>
{
    public override SinkOperator<T> Open(SinkSetup setup)
        => new TransactionalSinkOperator<T, TStaged>(sink.OpenWriter(setup.Context), setup) { Name = setup.Name };

    public override ISinkCommitter Committer(SinkContext context) => new SinkCommitter<T, TStaged>(sink, context);

    public override IEnumerable<string> Problems() => sink.Validate().Concat(Codec.Codecs.Problems(typeof(TStaged)));
}

internal sealed class DirectSinkBinding<T>(DirectSink<T> sink) : SinkBinding<T>
{
    public override SinkOperator<T> Open(SinkSetup setup)
        => new DirectSinkOperator<T>(sink.OpenWriter(setup.Context), setup) { Name = setup.Name };

    public override ISinkCommitter? Committer(SinkContext context) => null;

    public override IEnumerable<string> Problems() => sink.Validate();
}

internal sealed class SinkCommitter<T, TStaged>(TransactionalSink<T, TStaged> sink, SinkContext context) : ISinkCommitter
{
    public string Operator => context.Operator;

    public object Decode(ReadOnlyMemory<byte> valueSchema, ReadOnlyMemory<byte> payload)
        => StagedEpochs<TStaged>.Decode(valueSchema.Span, payload.Span);

    public ValueTask CommitAsync(IEnumerable<object> staged, CancellationToken cancellationToken)
    {
        List<Staged<TStaged>> all = [.. staged
            .SelectMany(some => (List<Staged<TStaged>>)some)
            .OrderBy(one => one.Epoch)
            .ThenBy(one => one.Subtask)];
        return all.Count == 0 ? default : sink.CommitAsync(all, context, cancellationToken);
    }

    public ValueTask CleanUpAsync(CancellationToken cancellationToken) => sink.CleanUpAsync(context, cancellationToken);

    public ValueTask CloseAsync() => sink.CloseAsync(context);
}
