using System.Runtime.CompilerServices;
using System.Text;
using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;
using Gristmill.Protocol;
using StoredObject = Gristmill.Checkpoints.StoredObject;

namespace Gristmill.Grains;

/// <summary>
/// Checkpoints in the memory of two silos of the cluster: they survive the loss of either. Every silo reaches them. For state that fits
/// twice into the cluster's memory, where there is no storage account; docs/decisions/0013 says what holds when.
/// </summary>
internal sealed class ReplicatedMemoryStore(ReplicaCalls calls, ReplicatedMemoryOptions options) : ICheckpointStore
{
    /// <summary>Bytes of a call: more would hold up what else goes between two silos.</summary>
    internal const int PieceBytes = 1 << 20;

    public string Description => $"the memory of two silos (store '{options.Name}')";

    public StoreDurability Durability => StoreDurability.Shared;

    public ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        return new(new ReplicatedObjectWriter(name, Description, calls));
    }

    public async ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellationToken.ThrowIfCancellationRequested();
        int total = 0;
        while (true)
        {
            var question = new ReplicaQuestion(ReplicaQuestionKind.Bytes, name, offset + total, Math.Min(buffer.Length - total, PieceBytes));
            ReplicaFinding found = await calls.AskAsync(question, cancellationToken);
            if (!found.Found)
                throw new ObjectNotFoundException(name, Description);
            found.Bytes.CopyTo(buffer[total..]);
            total += found.Bytes.Length;
            if (total == buffer.Length || found.Bytes.Length == 0 || offset + total >= found.Number)
                return total;
        }
    }

    public async ValueTask<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        ReplicaFinding found = await calls.AskAsync(new ReplicaQuestion(ReplicaQuestionKind.Length, name, 0, 0), cancellationToken);
        return found.Found ? found.Number : null;
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectName.ValidatePrefix(prefix);
        cancellationToken.ThrowIfCancellationRequested();
        ReplicaFinding found = await calls.AskAsync(new ReplicaQuestion(ReplicaQuestionKind.List, prefix, 0, 0), cancellationToken);
        foreach (ListedObject item in found.Objects)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new StoredObject(item.Name, item.Length, DateTimeOffset.FromUnixTimeMilliseconds(item.ModifiedMs));
        }
    }

    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        cancellationToken.ThrowIfCancellationRequested();
        await calls.MakeAsync(ReplicaOperationKind.Delete, name, default, 0, [], cancellationToken);
    }

    public async ValueTask AppendLineAsync(string name, string line, CancellationToken cancellationToken = default)
    {
        ObjectName.Validate(name);
        HistoryLine.Validate(line);
        cancellationToken.ThrowIfCancellationRequested();
        await calls.MakeAsync(ReplicaOperationKind.Append, name, default, 0, Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);
    }

    public async ValueTask<StoredHead?> ReadHeadAsync(string job, CancellationToken cancellationToken = default)
    {
        ObjectName.ValidateJob(job);
        cancellationToken.ThrowIfCancellationRequested();
        ReplicaFinding found = await calls.AskAsync(new ReplicaQuestion(ReplicaQuestionKind.Head, job, 0, 0), cancellationToken);
        return found.Found ? new StoredHead(found.Number, found.Bytes) : null;
    }

    public async ValueTask<bool> TryMoveHeadAsync(string job, long expectedVersion, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        ObjectName.ValidateJob(job);
        ArgumentOutOfRangeException.ThrowIfNegative(expectedVersion);
        cancellationToken.ThrowIfCancellationRequested();
        return await calls.MakeAsync(ReplicaOperationKind.MoveHead, job, default, expectedVersion, content.ToArray(), cancellationToken) == ReplicaOutcome.Done;
    }
}
