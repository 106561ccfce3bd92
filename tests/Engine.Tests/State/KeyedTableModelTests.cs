using Gristmill.Codec;
using Gristmill.State;

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
        => new Model<long, long>(seed, number => number * 7919, number => number).Run(Steps);

    [Theory, MemberData(nameof(Seeds))]
    public void With_string_keys_and_a_value_in_the_entry_each_snapshot_is_the_state_at_its_barrier(int seed)
        => new Model<string, string>(seed, number => $"key {number}", number => $"value {number}").Run(Steps);

    [Theory, MemberData(nameof(Seeds))]
    public void With_all_states_beside_the_entry_each_snapshot_is_the_state_at_its_barrier(int seed)
        => new Model<(int, string), NoInline>(seed, number => ((int)number, $"{number}"), null).Run(Steps);

    [Theory, MemberData(nameof(Seeds))]
    public void With_scoped_keys_as_timers_and_windows_have_them_each_snapshot_is_the_state_at_its_barrier(int seed)
    {
        var random = new Random(seed);
        var table = NewScoped();
        var model = new Dictionary<(string, long), long>();
        Dictionary<(string, long), long>? frozen = null;
        var chain = new Chain();
        var blocks = new Blocks();
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
                        blocks = new Blocks();
                    }
                    else if (table.WriteSlice(blocks, random.Next(1, 60)))
                    {
                        Chain next = chain.With(blocks);
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
        var blocks = new Blocks();
        Assert.True(table.WriteSlice(blocks, 1000));
        KeyedTable<long, long, DefaultKeyHash<long>> loaded = NewTable();
        loaded.BeginLoad(Codecs.For<long>(), [new LoadedState(0, Codecs.For<long>().Schema)]);
        Chain chain = new Chain().With(blocks);
        chain.Load(loaded);
        Assert.Throws<CorruptDataException>(() => chain.Load(loaded));
    }

    private static KeyedTable<ScopedKey<string>, long, ScopedKeyHash<string>> NewScoped()
        => new(new TableOptions(8, 0, 8, 2, true), Codecs.For<ScopedKey<string>>(), Codecs.For<long>());

    private static Dictionary<(string, long), long> LoadScoped(Chain chain)
    {
        KeyedTable<ScopedKey<string>, long, ScopedKeyHash<string>> table = NewScoped();
        var loaded = new Dictionary<(string, long), long>();
        table.BeginLoad(Codecs.For<ScopedKey<string>>(), [new LoadedState(0, Codecs.For<long>().Schema)]);
        chain.Load(table);
        table.ForEachKey((key, hash) => loaded.Add((key.Key, key.Scope), table.Peek(in key, hash)));
        return loaded;
    }

    private struct NoInline;

    /// <summary>Keeps the sections a table writes.</summary>
    private sealed class Blocks : ISnapshotBlocks
    {
        private readonly List<Section> _sections = [];
        private (int Group, SectionKind Kind) _open;

        public IReadOnlyList<Section> Sections => _sections;

        public ByteWriter Writer { get; private set; } = new();

        public bool HoldsChangesOnly => _sections.Any(section => section.Kind == SectionKind.Changes);

        public void BeginSection(int group, SectionKind kind)
        {
            Assert.DoesNotContain(_sections, section => section.Group == group);
            _open = (group, kind);
            Writer = new ByteWriter();
        }

        public void EndSection(long entries) => _sections.Add(new Section(_open.Group, _open.Kind, entries, Writer.ToArray()));
    }

    private sealed record Section(int Group, SectionKind Kind, long Entries, byte[] Bytes);

    /// <summary>What committed checkpoints have said, as far as a restore still needs it.</summary>
    private sealed class Chain
    {
        private readonly List<Section> _sections = [];

        public int Longest => _sections.Count == 0 ? 0 : _sections.GroupBy(section => section.Group).Max(group => group.Count());

        public Chain With(Blocks blocks)
        {
            var next = new Chain();
            next._sections.AddRange(_sections.Where(old => !blocks.Sections.Any(section => section.Group == old.Group && section.Kind == SectionKind.All)));
            next._sections.AddRange(blocks.Sections);
            return next;
        }

        public void Load<TKey, TValue, THash>(KeyedTable<TKey, TValue, THash> table)
            where THash : struct, IKeyHash<TKey>
        {
            foreach (Section section in _sections)
            {
                var reader = new ByteReader(section.Bytes);
                table.LoadSection(ref reader, section.Group, section.Kind, section.Entries);
                Assert.Equal(0, reader.Remaining);
            }
        }
    }

    /// <summary>What a key has: each state on its own present or absent.</summary>
    private sealed record Row(object? Inline, int? Number, string? Text)
    {
        public bool IsEmpty => this is { Inline: null, Number: null, Text: null };
    }

    private sealed class Model<TKey, TInline>(int seed, Func<long, TKey> makeKey, Func<long, TInline>? makeInline)
        where TKey : notnull
    {
        private const int Groups = 16;
        private const int FirstGroup = 3;
        private const int GroupCount = 9;

        private readonly Random _random = new(seed);
        private readonly Dictionary<TKey, Row> _model = [];
        private Dictionary<TKey, Row>? _frozen;
        private readonly Queue<uint> _untold = [];
        private Chain _chain = new();
        private Blocks _blocks = new();
        private uint _epoch = 2;
        private int _keys = 4;
        private int _snapshots;
        private int _incremental;

        public void Run(int steps)
        {
            var states = new States(FirstGroup, GroupCount, makeInline is not null);
            for (int step = 0; step < steps; step++)
            {
                // Now and then many new keys come, so that groups grow in the middle of a snapshot; or many go.
                if (_random.Next(400) == 0)
                    _keys = _random.Next(2) == 0 ? _random.Next(1, 1500) : 2400;
                if (_random.Next(300) == 0)
                    Fill(states, step);
                if (_random.Next(20) == 0 && _untold.TryDequeue(out uint committed))
                    states.Table.Committed(committed);
                int what = _random.Next(100);
                if (what < 80)
                    Change(states, step);
                else if (what < 82)
                    RemoveSome(states);
                else if (_frozen is null)
                    Freeze(states);
                else if (what < 99)
                    Slice(states);
                else
                    Abandon(states);
                Assert.Equal(_model.Count, states.Table.Count);
            }

            Assert.True(_snapshots > 20, $"only {_snapshots} snapshots were compared");
            Assert.True(_incremental > 3, $"only {_incremental} snapshots held changes only");
            if (_frozen is null)
                Freeze(states);
            while (_frozen is not null)
                Slice(states);
            if (_model.Count != 0)
                CompareLive(states);
        }

        private bool TryPick(out TKey key)
        {
            key = makeKey(_random.Next(_keys));
            int group = KeyGroups.Of(KeyTraits<TKey>.Hash(in key), Groups);
            return group is >= FirstGroup and < FirstGroup + GroupCount;
        }

        private void Change(States states, int step)
        {
            if (!TryPick(out TKey key))
                return;
            Row row = _model.GetValueOrDefault(key, new Row(null, null, null));
            states.Seek(key);
            Assert.Equal(row, states.Read(makeInline is not null));
            int what = _random.Next(12);
            switch (what)
            {
                case < 3 when makeInline is not null:
                    TInline value = makeInline(step);
                    if (what == 0)
                        states.Table.GetForUpdate(in key, KeyTraits<TKey>.Hash(in key), out _) = value;
                    else
                        states.Inline!.Value = value;
                    row = row with { Inline = value };
                    break;
                case < 5:
                    states.Number.Update() = step;
                    row = row with { Number = step };
                    break;
                case < 7:
                    // In place: the list is the snapshot's too until it is copied aside.
                    if (states.Texts.Exists)
                        states.Texts.Value!.Add($"{step}");
                    else
                        states.Texts.Value = [$"{step}"];
                    row = row with { Text = row.Text + $"{step}," };
                    break;
                case 7 when makeInline is not null:
                    states.Inline!.Clear();
                    row = row with { Inline = null };
                    break;
                case 8:
                    states.Number.Clear();
                    row = row with { Number = null };
                    break;
                case 9:
                    states.Texts.Clear();
                    row = row with { Text = null };
                    break;
                case 10:
                    Assert.Equal(_model.ContainsKey(key), states.Table.Remove(in key, KeyTraits<TKey>.Hash(in key)));
                    row = new Row(null, null, null);
                    break;
            }

            if (row.IsEmpty)
                _model.Remove(key);
            else
                _model[key] = row;
        }

        private void RemoveSome(States states)
        {
            foreach (TKey key in _model.Keys.Where(_ => _random.Next(3) == 0).ToList())
            {
                Assert.True(states.Table.Remove(in key, KeyTraits<TKey>.Hash(in key)));
                _model.Remove(key);
            }
        }

        private void Freeze(States states)
        {
            // A checkpoint that is given up leaves a gap in the numbers.
            _epoch += (uint)_random.Next(2);
            states.Table.Freeze(_epoch++);
            _frozen = new(_model);
            _blocks = new Blocks();
        }

        private void Slice(States states)
        {
            if (!states.Table.WriteSlice(_blocks, _random.Next(1, _random.Next(4) == 0 ? 8 : 3000)))
                return;
            Chain next = _chain.With(_blocks);
            Compare(next, _frozen!, FirstGroup, GroupCount);
            _frozen = null;
            _snapshots++;
            _incremental += _blocks.HoldsChangesOnly ? 1 : 0;

            // Its checkpoint is aborted, or committed; and the table may hear of that late.
            if (_random.Next(4) == 0)
                return;
            _chain = next;
            _untold.Enqueue(_epoch - 1);
            while (_random.Next(4) != 0 && _untold.TryDequeue(out uint committed))
                states.Table.Committed(committed);
        }

        /// <summary>Many keys at once, so that what changes afterwards is a small part.</summary>
        private void Fill(States states, int step)
        {
            for (int number = 0; number < 2400; number++)
            {
                TKey key = makeKey(number);
                if (KeyGroups.Of(KeyTraits<TKey>.Hash(in key), Groups) is < FirstGroup or >= FirstGroup + GroupCount || _model.ContainsKey(key))
                    continue;
                states.Seek(key);
                states.Number.Value = step;
                _model[key] = new Row(null, step, null);
            }
        }

        private void Abandon(States states)
        {
            states.Table.AbandonSnapshot();
            _frozen = null;
        }

        private void CompareLive(States states)
        {
            foreach ((TKey key, Row row) in _model)
            {
                states.Seek(key);
                Assert.Equal(row, states.Read(makeInline is not null));
            }
        }

        /// <summary>Loaded whole and in two halves, as after a change of parallelism, the snapshot is the model at the barrier.</summary>
        private void Compare(Chain blocks, Dictionary<TKey, Row> expected, int first, int count)
        {
            Dictionary<TKey, Row> whole = Load(blocks, first, count);
            Assert.Equal(expected.Count, whole.Count);
            foreach ((TKey key, Row row) in expected)
                Assert.True(whole.TryGetValue(key, out Row? loaded) && loaded == row, $"key {key}: {loaded} instead of {row}");
            if (_snapshots % 8 != 0)
                return;
            Dictionary<TKey, Row> left = Load(blocks, first, 4);
            Dictionary<TKey, Row> right = Load(blocks, first + 4, count - 4);
            Assert.Empty(left.Keys.Intersect(right.Keys));
            Assert.Equal(expected.Count, left.Count + right.Count);
        }

        private Dictionary<TKey, Row> Load(Chain blocks, int first, int count)
        {
            bool inline = makeInline is not null;
            var states = new States(first, count, inline);
            List<LoadedState> placed = [new(1, Codecs.For<int>().Schema), new(2, Codecs.For<List<string>?>().Schema)];
            if (inline)
                placed.Insert(0, new(0, Codecs.For<TInline>().Schema));
            states.Table.BeginLoad(Codecs.For<TKey>(), placed);
            var keys = new List<TKey>();
            blocks.Load(states.Table);
            states.Table.ForEachKey((key, _) => keys.Add(key));
            return keys.ToDictionary(key => key, key =>
            {
                states.Seek(key);
                return states.Read(inline);
            });
        }

        private sealed class States
        {
            public States(int first, int count, bool inline)
            {
                Table = new(new TableOptions(Groups, first, count, 2, true), Codecs.For<TKey>(), inline ? Codecs.For<TInline>() : null);
                Inline = inline ? new(Table.Cursor, Table.ValueOffset) : null;
                var numbers = new StateColumn<int>(Codecs.For<int>());
                var texts = new StateColumn<List<string>?>(Codecs.For<List<string>?>());
                Table.AddColumn(numbers);
                Table.AddColumn(texts);
                Number = new(Table.Cursor, numbers, 1);
                Texts = new(Table.Cursor, texts, 2);
            }

            public KeyedTable<TKey, TInline, DefaultKeyHash<TKey>> Table { get; }

            public ValueState<TInline>? Inline { get; }

            public ValueState<int> Number { get; }

            public ValueState<List<string>?> Texts { get; }

            public void Seek(TKey key) => Table.Seek(in key, KeyTraits<TKey>.Hash(in key));

            public Row Read(bool inline) => new(
                inline && Inline!.Exists ? Inline.Value : null,
                Number.Exists ? Number.Value : null,
                Texts.Exists ? string.Concat(Texts.Value!.Select(text => text + ",")) : null);
        }
    }
}
