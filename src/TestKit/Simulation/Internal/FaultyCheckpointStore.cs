using System.Runtime.CompilerServices;
using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Simulation;

/// <summary>A process's way to the store that outlives it.</summary>
internal sealed class FaultyCheckpointStore(World world, SimulatedProcess process, ICheckpointStore store, Versions versions, Damage damage) : ICheckpointStore
{
    private readonly IoPort _port = new(world, process);

    public string Description => "simulated store";

    public StoreDurability Durability => StoreDurability.Memory;

    public async ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        await Do($"create {name}", () => true, cancellationToken);
        return new Writer(this, name);
    }

    public async ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
        => await Do($"read {name}", () => Now(store.ReadAsync(name, offset, buffer, CancellationToken.None)), cancellationToken);

    public async ValueTask<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default)
        => await Do($"measure {name}", () => Now(store.GetLengthAsync(name, CancellationToken.None)), cancellationToken);

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (StoredObject item in await Do($"list {prefix}", () => StoreContents.List(store, prefix), cancellationToken))
            yield return item;
    }

    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken = default)
        => await Do($"delete {name}", () => Now(store.DeleteAsync(name, CancellationToken.None)), cancellationToken);

    public async ValueTask AppendLineAsync(string name, string line, CancellationToken cancellationToken = default)
        => await Do($"append to {name}", () => Now(store.AppendLineAsync(name, line, CancellationToken.None)), cancellationToken);

    public async ValueTask<StoredHead?> ReadHeadAsync(string job, CancellationToken cancellationToken = default)
        => await Do("read head", () => Now(store.ReadHeadAsync(job, CancellationToken.None)), cancellationToken);

    public async ValueTask<bool> TryMoveHeadAsync(string job, long expectedVersion, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        byte[] copy = content.ToArray();
        return await Do($"move head to version {expectedVersion + 1}", () => Move(job, expectedVersion, copy), cancellationToken);
    }

    private bool Move(string job, long expectedVersion, byte[] content)
    {
        bool moved = Now(store.TryMoveHeadAsync(job, expectedVersion, content, CancellationToken.None));
        world.Say($"p{process.Number}: head to version {expectedVersion + 1}: {(moved ? "moved" : "refused")}");
        if (moved)
            versions.Note(process, HeadContent.Decode(content, "head"));
        if (moved && world.FaultsOn && world.Random.Chance(world.Profile.Damage * 0.2))
            damage.DamageOne(HeadContent.Decode(content, "head"));
        return moved;
    }

    private Task<T> Do<T>(string what, Func<T> effect, CancellationToken cancellationToken)
        => _port.Do(what, world.Profile.StoreErrors, message => new SimulatedStoreFault(message), effect, cancellationToken);

    private static T Now<T>(ValueTask<T> done) => done.IsCompleted ? done.GetAwaiter().GetResult() : throw new InvalidOperationException("The memory store completes at once.");

    private static bool Now(ValueTask done)
    {
        if (!done.IsCompleted)
            throw new InvalidOperationException("The memory store completes at once.");
        done.GetAwaiter().GetResult();
        return true;
    }

    /// <summary>Visible only when complete; a process that dies in the middle leaves a torn object under another name.</summary>
    private sealed class Writer(FaultyCheckpointStore owner, string name) : ObjectWriter
    {
        private readonly MemoryStream _content = new();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
        {
            byte[] copy = bytes.ToArray();
            await owner.Do($"write {name}", () => _content.TryGetBuffer(out _), cancellationToken);
            _content.Write(copy);
        }

        public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
        {
            byte[] content = _content.ToArray();
            await owner.Do($"complete {name}", () => StoreContents.Put(owner.Shared, name, content), cancellationToken);
        }

        protected override ValueTask DisposeAsyncCore() => default;
    }

    private ICheckpointStore Shared => store;
}
