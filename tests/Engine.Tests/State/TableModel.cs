using Gristmill.Codec;
using Gristmill.State;

namespace Gristmill.Engine.Tests.State;

internal struct NoInline;

/// <summary>Keeps the sections a table writes.</summary>
internal sealed class SectionBlocks : ISnapshotBlocks
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

internal sealed record Section(int Group, SectionKind Kind, long Entries, byte[] Bytes);

/// <summary>What committed checkpoints have said, as far as a restore still needs it.</summary>
internal sealed class SectionChain
{
    private readonly List<Section> _sections = [];

    public int Longest => _sections.Count == 0 ? 0 : _sections.GroupBy(section => section.Group).Max(group => group.Count());

    public SectionChain With(SectionBlocks blocks)
    {
        var next = new SectionChain();
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
internal sealed record Row(object? Inline, int? Number, string? Text)
{
    public bool IsEmpty => this is { Inline: null, Number: null, Text: null };
}

/// <summary>Does what it likes to a table and compares it with a dictionary.</summary>
/// <param name="seed">What it likes.</param>
/// <param name="makeKey">Makes keys of numbers.</param>
/// <param name="makeInline">Makes values of numbers; null: none lies in the entry.</param>
/// <param name="spill">Where the tables spill to; null: nowhere.</param>
internal sealed class TableModel<TKey, TInline>(int seed, Func<long, TKey> makeKey, Func<long, TInline>? makeInline, ISpillBackend? spill = null)
    where TKey : notnull
{
    private const int Groups = 16;
    private const int FirstGroup = 3;
    private const int GroupCount = 9;

    private readonly Random _random = new(seed);
    private readonly Dictionary<TKey, Row> _model = [];
    private Dictionary<TKey, Row>? _frozen;
    private readonly Queue<uint> _untold = [];
    private SectionChain _chain = new();
    private SectionBlocks _blocks = new();
    private uint _epoch = 2;
    private int _keys = 4;
    private int _snapshots;
    private int _incremental;

    public void Run(int steps)
    {
        using var states = new States(FirstGroup, GroupCount, makeInline is not null, spill);
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
            if (_random.Next(3) == 0)
                states.Table.Spill();
            Assert.Equal(_model.Count, states.Table.Count);
        }

        Assert.True(_snapshots > 20, $"only {_snapshots} snapshots were compared");
        Assert.True(_incremental > 1, $"only {_incremental} snapshots held changes only");
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
            states.Seek(key);
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
        _blocks = new SectionBlocks();
    }

    private void Slice(States states)
    {
        if (!states.Table.WriteSlice(_blocks, _random.Next(1, _random.Next(4) == 0 ? 8 : 3000)))
            return;
        SectionChain next = _chain.With(_blocks);
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
    private void Compare(SectionChain blocks, Dictionary<TKey, Row> expected, int first, int count)
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

    private Dictionary<TKey, Row> Load(SectionChain blocks, int first, int count)
    {
        bool inline = makeInline is not null;
        using var states = new States(first, count, inline, spill);
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

    private sealed class States : IDisposable
    {
        public States(int first, int count, bool inline, ISpillBackend? spill)
        {
            Table = new(new TableOptions(Groups, first, count, 2, true) { Spill = spill }, Codecs.For<TKey>(), inline ? Codecs.For<TInline>() : null);
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

        public void Seek(TKey key)
        {
            Table.FaultIn(in key, KeyTraits<TKey>.Hash(in key), Table.GroupOf(KeyTraits<TKey>.Hash(in key)));
            Table.Seek(in key, KeyTraits<TKey>.Hash(in key));
        }

        public void Dispose() => Table.Dispose();

        public Row Read(bool inline) => new(
            inline && Inline!.Exists ? Inline.Value : null,
            Number.Exists ? Number.Value : null,
            Texts.Exists ? string.Concat(Texts.Value!.Select(text => text + ",")) : null);
    }
}
