using System.Runtime.CompilerServices;
using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests;

/// <summary>A store in memory that does before each call what the test says: throw, or wait.</summary>
internal sealed class FaultyStore(ICheckpointStore? inner = null) : ICheckpointStore
{
    public ICheckpointStore Inner { get; } = inner ?? new MemoryCheckpointStore();

    /// <summary>Called with the operation and the name; for a head, the job's.</summary>
    public Func<string, string, Task>? Before { get; set; }

    /// <summary>Called when a head has moved, before its mover is told.</summary>
    public Func<Task>? AfterHead { get; set; }

    public string Description => "a faulty store";

    public StoreDurability Durability => StoreDurability.Shared;

    public async ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        await On("create", name, cancellationToken);
        return new Writer(this, name, await Inner.CreateAsync(name, cancellationToken));
    }

    public async ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await On("read", name, cancellationToken);
        return await Inner.ReadAsync(name, offset, buffer, cancellationToken);
    }

    public ValueTask<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) => Inner.GetLengthAsync(name, cancellationToken);

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await On("list", prefix, cancellationToken);
        await foreach (StoredObject stored in Inner.ListAsync(prefix, cancellationToken))
            yield return stored;
    }

    public ValueTask DeleteAsync(string name, CancellationToken cancellationToken = default) => Inner.DeleteAsync(name, cancellationToken);

    public async ValueTask AppendLineAsync(string name, string line, CancellationToken cancellationToken = default)
    {
        await On("append", name, cancellationToken);
        await Inner.AppendLineAsync(name, line, cancellationToken);
    }

    public ValueTask<StoredHead?> ReadHeadAsync(string job, CancellationToken cancellationToken = default) => Inner.ReadHeadAsync(job, cancellationToken);

    public async ValueTask<bool> TryMoveHeadAsync(string job, long expectedVersion, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        await On("head", job, cancellationToken);
        bool moved = await Inner.TryMoveHeadAsync(job, expectedVersion, content, cancellationToken);
        if (AfterHead is { } after)
            await after();
        return moved;
    }

    private Task On(string operation, string name, CancellationToken cancellationToken)
        => Before is { } before ? before(operation, name).WaitAsync(cancellationToken) : Task.CompletedTask;

    private sealed class Writer(FaultyStore store, string name, ObjectWriter inner) : ObjectWriter
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default) => inner.WriteAsync(bytes, cancellationToken);

        public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
        {
            await store.On("complete", name, cancellationToken);
            await inner.CompleteAsync(cancellationToken);
        }

        protected override ValueTask DisposeAsyncCore() => inner.DisposeAsync();
    }
}
