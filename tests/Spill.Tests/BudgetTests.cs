using Gristmill.Codec;
using Gristmill.Engine.Tests.Checkpoints;
using Gristmill.State;

namespace Gristmill.Spill.Tests;

/// <summary>What the budget says holds: the bytes are counted by the table itself.</summary>
public sealed class BudgetTests : IDisposable
{
    private const long Budget = 1 << 20;
    private const int Keys = 200_000;
    private const int Batch = 1000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Entries_in_memory_take_no_more_than_the_budget_and_those_on_disk_19_bytes()
        => Holds(Codecs.For<(long, long, long, long)>(), key => (key, 1, 2, 3));

    [Fact]
    public void What_values_refer_to_is_within_the_budget_too()
        => Holds(Codecs.For<string>(), key => $"the value of the key with the number {key}");

    [Fact]
    public void A_snapshot_writes_what_has_changed_and_reads_nothing_else_of_what_is_on_disk()
    {
        var backend = new CountingBackend(Backend());
        using KeyedTable<long, long, DefaultKeyHash<long>> table = Table(backend, Codecs.For<long>());
        Put(table, key => key, Keys);
        table.Freeze(2);
        Snapshot(table);
        table.Committed(2);
        Put(table, key => key + 1, Batch);
        table.Freeze(3);
        long before = backend.Records;

        // And one group whole, whose turn it is.
        long most = Batch + (Keys / 64 * 2);
        Assert.InRange(Snapshot(table), Batch, most);
        Assert.InRange(backend.Records - before, 0, most);
    }

    private void Holds<TValue>(Codec<TValue> codec, Func<long, TValue> make)
    {
        using KeyedTable<long, TValue, DefaultKeyHash<long>> table = Table(Backend(), codec);
        for (int round = 0; round < 2; round++)
        {
            Put(table, make, Keys);
            Assert.Equal(Keys, table.Count);
            Assert.True(table.ColdCount > Keys * 3 / 4, $"{table.ColdCount} on disk");
        }

        long key = Keys / 2;
        ulong hash = KeyTraits<long>.Hash(in key);
        table.FaultIn(in key, hash, table.GroupOf(hash));
        Assert.Equal(make(key), table.Peek(in key, hash));
    }

    private static void Put<TValue>(KeyedTable<long, TValue, DefaultKeyHash<long>> table, Func<long, TValue> make, int count)
    {
        long most = 0;
        for (long from = 0; from < count; from += Batch)
        {
            for (long key = from; key < from + Batch; key++)
            {
                ulong hash = KeyTraits<long>.Hash(in key);
                table.FaultIn(in key, hash, table.GroupOf(hash));
                table.GetForUpdate(in key, hash, out _) = make(key);
            }

            table.Spill();
            most = Math.Max(most, table.HeldBytes);
            Assert.InRange(table.HeldBytes, 0, Budget);
            Assert.InRange(table.ColdIndexBytes, 0, (table.ColdCount * 19) + (64 * 240));
        }

        // Nor is it left lying idle.
        Assert.InRange(most, Math.Min(Budget, count * 32) / 2, Budget);
    }

    private static long Snapshot(KeyedTable<long, long, DefaultKeyHash<long>> table)
    {
        var blocks = new CountedBlocks();
        while (!table.WriteSlice(blocks, 4096))
        {
        }

        return blocks.Entries;
    }

    private static KeyedTable<long, TValue, DefaultKeyHash<long>> Table<TValue>(ISpillBackend backend, Codec<TValue> codec)
        => new(new TableOptions(64, 0, 64, 2, true) { Spill = backend, LongestChain = 1_000_000 }, Codecs.For<long>(), codec);

    private SpillBackend Backend() => new(_folder.Path, new SpillSettings { MemoryBudgetBytes = Budget });

    private sealed class CountedBlocks : ISnapshotBlocks
    {
        public long Entries { get; private set; }

        public ByteWriter Writer { get; private set; } = new();

        public void BeginSection(int group, SectionKind kind) => Writer = new ByteWriter();

        public void EndSection(long entries) => Entries += entries;
    }

    /// <summary>Counts the records that are read.</summary>
    private sealed class CountingBackend(ISpillBackend inner) : ISpillBackend
    {
        public long Records { get; private set; }

        public ISpillLog Open() => new Log(this, inner.Open());

        public IEnumerable<string> Validate() => inner.Validate();

        private sealed class Log(CountingBackend owner, ISpillLog log) : ISpillLog
        {
            public long MemoryBytes => log.MemoryBytes;

            public int LargestRecord => log.LargestRecord;

            public long LeastGarbage => log.LeastGarbage;

            public long Begin => log.Begin;

            public long Tail => log.Tail;

            public long Append(ReadOnlySpan<byte> record) => log.Append(record);

            public void Read(ReadOnlySpan<long> addresses, Span<ReadOnlyMemory<byte>> records)
            {
                owner.Records += addresses.Length;
                log.Read(addresses, records);
            }

            public long ReadOldest(List<LogRecord> records) => log.ReadOldest(records);

            public void Truncate(long address) => log.Truncate(address);

            public void Dispose() => log.Dispose();
        }
    }
}
