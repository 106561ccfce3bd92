using Gristmill.Codec;
using Gristmill.State;
using Gristmill.TestKit.Simulation;

namespace Gristmill.Engine.Tests.State;

/// <summary>
/// The container of all keyed state against a dictionary: whatever is done between a barrier and the last slice, the
/// snapshot is the state at the barrier.
/// </summary>
public sealed class KeyedTableModelTests
{
    private const int Steps = 8000;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 8)];

    [Theory, MemberData(nameof(Seeds))]
    public void With_number_keys_and_a_value_in_the_entry_each_snapshot_is_the_state_at_its_barrier(int seed)
        => new TableModel<long, long>(seed, number => number * 7919, number => number).Run(Steps);

    [Theory, MemberData(nameof(Seeds))]
    public void With_string_keys_and_a_value_in_the_entry_each_snapshot_is_the_state_at_its_barrier(int seed)
        => new TableModel<string, string>(seed, number => $"key {number}", number => $"value {number}").Run(Steps);

    [Theory, MemberData(nameof(Seeds))]
    public void With_all_states_beside_the_entry_each_snapshot_is_the_state_at_its_barrier(int seed)
        => new TableModel<(int, string), NoInline>(seed, number => ((int)number, $"{number}"), null).Run(Steps);

    [Theory, MemberData(nameof(Seeds))]
    public void With_hardly_any_memory_each_snapshot_is_the_state_at_its_barrier(int seed)
    {
        new TableModel<long, long>(seed, number => number * 7919, number => number, new MemorySpill { MemoryBytes = seed * 4000 }).Run(Steps);
        new TableModel<string, string>(seed, number => $"key {number}", number => $"value {number}", new MemorySpill { MemoryBytes = 1 }).Run(Steps);
        new TableModel<(int, string), NoInline>(seed, number => ((int)number, $"{number}"), null, new MemorySpill { MemoryBytes = seed * 20_000 }).Run(Steps);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void With_scoped_keys_as_timers_and_windows_have_them_each_snapshot_is_the_state_at_its_barrier(int seed)
    {
        var random = new Random(seed);
        var table = NewScoped();
        var model = new Dictionary<(string, long), long>();
        Dictionary<(string, long), long>? frozen = null;
        var chain = new SectionChain();
        var blocks = new SectionBlocks();
        uint epoch = 2;
        for (int step = 0; step < Steps; step++)
        {
            var key = new ScopedKey<string> { Key = $"k{random.Next(40)}", Scope = random.Next(20) * 1000 };
            ulong hash = ScopedKeyHash<string>.Hash(in key);
            switch (random.Next(20))
            {
                case < 10:
                    table.GetForUpdate(in key, hash, out bool added) = step;
                    Assert.Equal(!model.ContainsKey((key.Key, key.Scope)), added);
                    model[(key.Key, key.Scope)] = step;
                    break;
                case < 17:
                    Assert.Equal(model.Remove((key.Key, key.Scope)), table.Remove(in key, hash));
                    break;
                default:
                    if (frozen is null)
                    {
                        table.Freeze(epoch++);
                        frozen = new(model);
                        blocks = new SectionBlocks();
                    }
                    else if (table.WriteSlice(blocks, random.Next(1, 60)))
                    {
                        SectionChain next = chain.With(blocks);
                        Assert.Equal(frozen.OrderBy(e => e.Key), LoadScoped(next).OrderBy(e => e.Key));
                        frozen = null;
                        if (random.Next(4) != 0)
                        {
                            chain = next;
                            table.Committed(epoch - 1);
                        }
                    }

                    break;
            }

            Assert.Equal(model.Count, table.Count);
        }
    }

    [Fact]
    public void A_key_of_another_subtasks_group_is_refused()
    {
        var table = new KeyedTable<long, long, DefaultKeyHash<long>>(new TableOptions(16, 0, 4, 2, true), Codecs.For<long>(), Codecs.For<long>());
        long foreign = Enumerable.Range(0, 1000).First(key => KeyGroups.Of(KeyTraits<long>.Hash(key), 16) >= 4);
        Assert.Contains("key group", Assert.Throws<Protocol.ProtocolViolationException>(() => table.Seek(foreign, KeyTraits<long>.Hash(foreign))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_that_holds_a_key_twice_is_refused()
    {
        KeyedTable<long, long, DefaultKeyHash<long>> NewTable() => new(new TableOptions(1, 0, 1, 2, true), Codecs.For<long>(), Codecs.For<long>());
        KeyedTable<long, long, DefaultKeyHash<long>> table = NewTable();
        table.GetForUpdate(5, KeyTraits<long>.Hash(5), out _) = 1;
        table.Freeze(2);
        var blocks = new SectionBlocks();
        Assert.True(table.WriteSlice(blocks, 1000));
        KeyedTable<long, long, DefaultKeyHash<long>> loaded = NewTable();
        loaded.BeginLoad(Codecs.For<long>(), [new LoadedState(0, Codecs.For<long>().Schema)]);
        SectionChain chain = new SectionChain().With(blocks);
        chain.Load(loaded);
        Assert.Throws<CorruptDataException>(() => chain.Load(loaded));
    }

    private static KeyedTable<ScopedKey<string>, long, ScopedKeyHash<string>> NewScoped()
        => new(new TableOptions(8, 0, 8, 2, true), Codecs.For<ScopedKey<string>>(), Codecs.For<long>());

    private static Dictionary<(string, long), long> LoadScoped(SectionChain chain)
    {
        KeyedTable<ScopedKey<string>, long, ScopedKeyHash<string>> table = NewScoped();
        var loaded = new Dictionary<(string, long), long>();
        table.BeginLoad(Codecs.For<ScopedKey<string>>(), [new LoadedState(0, Codecs.For<long>().Schema)]);
        chain.Load(table);
        table.ForEachKey((key, hash) => loaded.Add((key.Key, key.Scope), table.Peek(in key, hash)));
        return loaded;
    }
}
