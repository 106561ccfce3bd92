namespace Gristmill.State;

/// <summary>
/// Where a table keeps entries it has no room for: a log on disk, appended at its end and read at any address. It is
/// scratch: nothing of it outlives the table. One thread at a time is in it.
/// </summary>
internal interface ISpillLog : IDisposable
{
    /// <summary>How much memory the table may hold entries in, in bytes; it may change as tables come and go.</summary>
    long MemoryBytes { get; }

    /// <summary>The largest record it takes, in bytes.</summary>
    int LargestRecord { get; }

    /// <summary>So many bytes of garbage are not worth moving what lives out of it.</summary>
    long LeastGarbage { get; }

    /// <summary>The address below which all records are gone.</summary>
    long Begin { get; }

    /// <summary>The address behind the last record: what is appended from now on is at or above it.</summary>
    long Tail { get; }

    /// <summary>Appends a record.</summary>
    /// <returns>Its address: more than 0, and more than that of any record before.</returns>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    long Append(ReadOnlySpan<byte> record);

    /// <summary>Reads records, all of them at once, and waits for them. Neighbours in order are read as one.</summary>
    /// <param name="addresses">Where they are.</param>
    /// <param name="records">Takes them, in the same order; valid until the next call.</param>
    /// <exception cref="IOException">The disk fails, or a record is not what was written.</exception>
    void Read(ReadOnlySpan<long> addresses, Span<ReadOnlyMemory<byte>> records);

    /// <summary>Reads the oldest records, about as many as are written to the disk at once.</summary>
    /// <param name="records">Takes them; valid until the next call.</param>
    /// <returns>The address behind them; <see cref="Begin"/> if they have not gone to the disk yet.</returns>
    /// <exception cref="IOException">The disk fails, or a record is not what was written.</exception>
    long ReadOldest(List<LogRecord> records);

    /// <summary>Gives the space below an address free.</summary>
    void Truncate(long address);
}

/// <summary>A record and where it lies.</summary>
internal readonly record struct LogRecord(long Address, ReadOnlyMemory<byte> Bytes);

/// <summary>Where tables of a process spill to.</summary>
internal interface ISpillBackend
{
    /// <summary>Opens a log for a table.</summary>
    /// <exception cref="IOException">The folder can't be made or written.</exception>
    ISpillLog Open();

    /// <summary>All faults of its settings, each naming the setting, its value and the remedy.</summary>
    IEnumerable<string> Validate();
}
