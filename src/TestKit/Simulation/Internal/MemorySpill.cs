using Gristmill.State;

namespace Gristmill.TestKit.Simulation;

/// <summary>Logs in memory, without threads: what is read where nothing was written is an error.</summary>
internal sealed class MemorySpill : ISpillBackend
{
    /// <summary>What each table may hold in memory, in bytes.</summary>
    public long MemoryBytes { get; init; }

    public long LeastGarbage { get; init; } = 4096;

    public ISpillLog Open() => new Log(this);

    public IEnumerable<string> Validate() => [];

    private sealed class Log(MemorySpill settings) : ISpillLog
    {
        private const int ReadAtOnce = 10;

        private readonly Dictionary<long, byte[]> _records = [];
        private readonly Queue<long> _order = [];

        public long MemoryBytes => settings.MemoryBytes;

        public int LargestRecord => 4096;

        public long LeastGarbage => settings.LeastGarbage;

        public long Begin { get; private set; } = 64;

        public long Tail { get; private set; } = 64;

        public long Append(ReadOnlySpan<byte> record)
        {
            long address = Tail;
            _records.Add(address, record.ToArray());
            _order.Enqueue(address);
            Tail += record.Length + 4;
            return address;
        }

        public void Read(ReadOnlySpan<long> addresses, Span<ReadOnlyMemory<byte>> records)
        {
            for (int i = 0; i < addresses.Length; i++)
                records[i] = _records[addresses[i]];
        }

        public long ReadOldest(List<LogRecord> records)
        {
            records.Clear();
            records.AddRange(_order.Take(ReadAtOnce).Select(address => new LogRecord(address, _records[address])));
            return _order.Count > ReadAtOnce ? _order.ElementAt(ReadAtOnce) : Begin;
        }

        public void Truncate(long address)
        {
            while (_order.TryPeek(out long gone) && gone < address)
                _records.Remove(_order.Dequeue());
            Begin = address;
        }

        public void Dispose() => _records.Clear();
    }
}
