namespace Gristmill.Files.Internal;

/// <summary>Takes blocks of encoded bytes, in order, without waiting.</summary>
internal interface IBlockQueue
{
    /// <summary>Takes a block, rented from the shared pool, and gives it back there when it is done with.</summary>
    void Enqueue(byte[] block, int length);
}

/// <summary>One subtask's output of one epoch on its way to where it is staged. None of the calls waits.</summary>
/// <typeparam name="TStaged">What the checkpoint keeps of it.</typeparam>
internal interface IEpochOutput<TStaged> : IBlockQueue
{
    /// <summary>Completes once the output is durable, or with what went wrong.</summary>
    Task<StagedOutput<TStaged>> Durable { get; }

    /// <summary>What went wrong so far.</summary>
    Exception? Error { get; }

    /// <summary>No more blocks come: the output is to be made durable.</summary>
    /// <param name="epoch">The epoch that has ended.</param>
    /// <param name="records">How many records are in it.</param>
    void Finish(long epoch, long records);

    /// <summary>The output is not wanted any more: whatever there is of it goes.</summary>
    void Abandon();
}
