using Gristmill.Codec;
using Gristmill.State;

namespace Gristmill.Checkpoints.Internal;

/// <summary>A block of a table of keyed state, its sections found. See docs/format.md.</summary>
internal sealed class TableBlock
{
    /// <summary>The last key group a job can have.</summary>
    public const int LastKeyGroup = 32767;

    private readonly ReadOnlyMemory<byte> _payload;
    private readonly string _file;
    private readonly long _offset;
    private readonly List<Section> _sections = [];

    /// <exception cref="CorruptCheckpointException">It is not such a block.</exception>
    public TableBlock(BlockInfo info, Block block)
    {
        _payload = block.Payload;
        (_file, _offset) = (info.File, info.Offset);
        try
        {
            KeySchema = block.Header.KeySchema;
            Key = Schema.Decode(KeySchema);
            States = Schema.Decode(block.Header.ValueSchema).Fields;
            FindSections();
        }
        catch (CorruptDataException e)
        {
            throw new CorruptCheckpointException(info.File, info.Offset, "a block of keyed state", e.Message);
        }
    }

    /// <summary>The encoded schema of its keys.</summary>
    public byte[] KeySchema { get; }

    public Schema Key { get; }

    /// <summary>In a table of windows or timers, the part of the key that is the user's; behind it are the eight bytes of a time.</summary>
    /// <exception cref="CorruptCheckpointException">The keys are none of windows or timers.</exception>
    public Schema UserKey => Key is { Kind: SchemaKind.Record, Fields: [var user, { Schema.FixedSize: sizeof(long) }] }
        ? user.Schema
        : throw new CorruptCheckpointException(_file, _offset, "keys of windows or timers", $"{Key}");

    /// <summary>The states an entry may have, in the order of their presence bits.</summary>
    public IReadOnlyList<SchemaField> States { get; }

    /// <summary>Applies what the block says of a key group.</summary>
    public void Apply(int group, GroupEntries entries)
    {
        foreach (Section section in _sections)
        {
            if (section.Group == group)
                Apply(section, entries);
        }
    }

    /// <summary>Where the states of an entry begin and end, one after the other; absent ones are left out.</summary>
    public IReadOnlyList<KeyValuePair<string, EncodedValue>> StatesAt(int offset, ulong presence)
    {
        var states = new List<KeyValuePair<string, EncodedValue>>();
        var reader = new ByteReader(_payload.Span[offset..]);
        for (int i = 0; i < States.Count; i++)
        {
            if ((presence & (1UL << i)) == 0)
                continue;
            int start = reader.Position;
            States[i].Schema.Skip(ref reader);
            states.Add(new(States[i].Name, new EncodedValue(States[i].Schema, _payload[(offset + start)..(offset + reader.Position)])));
        }

        return states;
    }

    private void FindSections()
    {
        var reader = new ByteReader(_payload.Span);
        while (reader.Remaining > 0)
        {
            uint group = reader.ReadUInt32();
            if (group > LastKeyGroup)
                throw new CorruptDataException(reader.Position, $"a key group up to {LastKeyGroup}", $"{group}");
            byte kind = reader.ReadByte();
            if (kind > (byte)SectionKind.Changes)
                throw new CorruptDataException($"A section has kind {kind}; this version knows 0 and 1. A newer Gristmill wrote it: use that one.");

            // Each entry has a key of a byte or more.
            ulong stated = reader.ReadUInt64();
            if (stated > (ulong)reader.Remaining)
                throw new CorruptDataException(reader.Position, $"a count of entries within the {reader.Remaining} bytes left", $"{stated}");
            long count = (long)stated;
            var section = new Section((int)group, (SectionKind)kind, count, reader.Position);
            _sections.Add(section);
            for (long i = 0; i < count; i++)
            {
                Key.Skip(ref reader);
                SkipStates(ref reader, ReadPresence(ref reader, section.Kind));
            }
        }
    }

    private void Apply(Section section, GroupEntries entries)
    {
        var reader = new ByteReader(_payload.Span[section.Offset..]);
        for (long i = 0; i < section.Count; i++)
        {
            int key = reader.Position;
            Key.Skip(ref reader);
            ReadOnlyMemory<byte> bytes = _payload[(section.Offset + key)..(section.Offset + reader.Position)];
            ulong presence = ReadPresence(ref reader, section.Kind);
            if (presence == 0 && section.Kind == SectionKind.Changes)
                entries.Remove(bytes);
            else
                entries.Set(bytes, new GroupEntry(this, section.Offset + reader.Position, presence));
            SkipStates(ref reader, presence);
        }
    }

    private ulong ReadPresence(ref ByteReader reader, SectionKind kind) => kind == SectionKind.Changes || States.Count > 1 ? reader.ReadVarUInt() : ulong.MaxValue;

    private void SkipStates(ref ByteReader reader, ulong presence)
    {
        for (int i = 0; i < States.Count; i++)
        {
            if ((presence & (1UL << i)) != 0)
                States[i].Schema.Skip(ref reader);
        }
    }

    private readonly record struct Section(int Group, SectionKind Kind, long Count, int Offset);
}

/// <summary>Where an entry's states lie.</summary>
internal readonly record struct GroupEntry(TableBlock Block, int Offset, ulong Presence);

/// <summary>The entries of one key group, as the blocks applied so far leave them; keys by their bytes.</summary>
internal sealed class GroupEntries : IEqualityComparer<ReadOnlyMemory<byte>>
{
    private readonly Dictionary<ReadOnlyMemory<byte>, GroupEntry> _entries;

    public GroupEntries() => _entries = new Dictionary<ReadOnlyMemory<byte>, GroupEntry>(this);

    public IEnumerable<KeyValuePair<ReadOnlyMemory<byte>, GroupEntry>> All => _entries;

    public void Remove(ReadOnlyMemory<byte> key) => _entries.Remove(key);

    public void Set(ReadOnlyMemory<byte> key, GroupEntry entry) => _entries[key] = entry;

    public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

    public int GetHashCode(ReadOnlyMemory<byte> obj)
    {
        var hash = new HashCode();
        hash.AddBytes(obj.Span);
        return hash.ToHashCode();
    }
}
