namespace Gristmill.Checkpoints;

/// <summary>
/// Where checkpoints live: create-only objects, an append-only line file, and one head a job that moves by compare-and-swap.
/// </summary>
/// <remarks>
/// Object names are relative, '/'-separated ASCII (see <see cref="ObjectName"/>). The second part <c>head</c> is reserved for
/// the store itself, so a head is never listed, read, overwritten or deleted as an object. Every store passes
/// <c>CheckpointStoreConformance</c> of the TestKit. Methods are safe to call from several threads at once, and several
/// processes may use the same storage; an <see cref="ObjectWriter"/> belongs to one caller.
/// Failures are <see cref="CheckpointStoreException"/> or a subclass; the message names the place and a remedy.
/// </remarks>
public interface ICheckpointStore
{
    /// <summary>What and where the store is, for logs and messages; without secrets.</summary>
    string Description { get; }

    /// <summary>What the store outlives.</summary>
    StoreDurability Durability { get; }

    /// <summary>Starts a new object. Nothing is visible before <see cref="ObjectWriter.CompleteAsync"/>.</summary>
    /// <exception cref="ArgumentException">The name is not a legal object name.</exception>
    ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Reads from <paramref name="offset"/> until the buffer is full or the object ends; 0 at or past its end.</summary>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <summary>The object's length, or null when there is none of that name.</summary>
    ValueTask<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>All objects whose name begins with <paramref name="prefix"/> (not necessarily whole parts), in ordinal order.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken = default);

    /// <summary>Deletes an object; deleting one that is not there is no error.</summary>
    ValueTask DeleteAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>
    /// Appends one line to an object that grows by lines only (created when missing); durable on return. Lines of parallel
    /// appenders don't mix, and after a line torn by a crash the next one starts on its own.
    /// </summary>
    /// <exception cref="ArgumentException">The line contains a line break.</exception>
    ValueTask AppendLineAsync(string name, string line, CancellationToken cancellationToken = default);

    /// <summary>The head of a job, or null when it has none yet. What is returned is durable.</summary>
    /// <exception cref="CorruptCheckpointException">The head is there, but damaged.</exception>
    ValueTask<StoredHead?> ReadHeadAsync(string job, CancellationToken cancellationToken = default);

    /// <summary>
    /// Moves the head from <paramref name="expectedVersion"/> (0: there is none yet) to the version after it.
    /// This is the commit of a checkpoint and the taking of a generation.
    /// </summary>
    /// <returns>
    /// True: moved, durably, by this call. False: refused, because somebody else moved it; this call changed nothing.
    /// An exception means that the outcome is unknown: read the head to learn it.
    /// </returns>
    ValueTask<bool> TryMoveHeadAsync(string job, long expectedVersion, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default);

    /// <summary>
    /// Told by a reader that what it was given of an object is damaged. A store that answers reads from a copy of its own
    /// drops that copy; the object itself is never touched.
    /// </summary>
    /// <returns>Whether there was a copy: the object is then worth reading again. Default: false.</returns>
    ValueTask<bool> DropCopyAsync(string name, CancellationToken cancellationToken = default) => new(false);
}
