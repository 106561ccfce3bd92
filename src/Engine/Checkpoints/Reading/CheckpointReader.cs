using System.Runtime.CompilerServices;
using Gristmill.Checkpoints.Internal;
using Gristmill.Codec;
using Gristmill.Codec.Internal;

namespace Gristmill.Checkpoints;

/// <summary>
/// Reads the keyed state of a checkpoint without the job's types: for tools, and for questions about a job that does not
/// run. Every block is verified before it is believed. Holds no more than the blocks of one key group at a time.
/// </summary>
public sealed class CheckpointReader
{
    private readonly ICheckpointStore _store;
    private readonly BlockDecoding _decoding;
    private readonly Dictionary<BlockInfo, TableBlock> _open = [];

    private CheckpointReader(ICheckpointStore store, Manifest manifest, BlockDecoding decoding)
    {
        _store = store;
        _decoding = decoding;
        Manifest = manifest;
    }

    /// <summary>The checkpoint's manifest.</summary>
    public Manifest Manifest { get; }

    /// <summary>The tables of keyed state it holds, by operator.</summary>
    public IReadOnlyList<StateTable> Tables =>
    [
        .. Manifest.Blocks.Where(block => block.IsState).GroupBy(block => (block.Operator, block.Name)).OrderBy(table => table.Key.Operator, StringComparer.Ordinal).ThenBy(table => table.Key.Name, StringComparer.Ordinal)
            .Select(table => new StateTable(table.Key.Operator, table.Key.Name, table.Count(), table.Sum(block => block.Length), table.Sum(block => block.Entries))),
    ];

    /// <summary>Opens a job's newest complete checkpoint.</summary>
    /// <returns>Null if the job has none.</returns>
    /// <exception cref="CorruptCheckpointException">Head or manifest is damaged.</exception>
    /// <exception cref="CheckpointStoreException">The store can't be read.</exception>
    public static Task<CheckpointReader?> OpenNewestAsync(ICheckpointStore store, string job, CancellationToken cancellationToken = default)
        => OpenNewestAsync(store, job, BlockDecoding.Default, cancellationToken);

    /// <summary>Opens a job's newest complete checkpoint, whose blocks may be encrypted.</summary>
    /// <returns>Null if the job has none.</returns>
    /// <exception cref="CorruptCheckpointException">Head or manifest is damaged.</exception>
    /// <exception cref="CheckpointStoreException">The store can't be read.</exception>
    public static async Task<CheckpointReader?> OpenNewestAsync(ICheckpointStore store, string job, BlockDecoding decoding, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        HeadContent? head = await HeadContent.ReadAsync(store, job, cancellationToken);
        return head?.Newest is { } newest ? await OpenAsync(store, newest, decoding, cancellationToken) : null;
    }

    /// <summary>Opens a checkpoint.</summary>
    /// <exception cref="CorruptCheckpointException">The manifest is damaged.</exception>
    /// <exception cref="CheckpointStoreException">The store can't be read.</exception>
    public static Task<CheckpointReader> OpenAsync(ICheckpointStore store, ManifestReference manifest, CancellationToken cancellationToken = default)
        => OpenAsync(store, manifest, BlockDecoding.Default, cancellationToken);

    /// <summary>Opens a checkpoint whose blocks may be encrypted.</summary>
    /// <exception cref="CorruptCheckpointException">The manifest is damaged.</exception>
    /// <exception cref="CheckpointStoreException">The store can't be read.</exception>
    public static async Task<CheckpointReader> OpenAsync(
        ICheckpointStore store, ManifestReference manifest, BlockDecoding decoding, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(decoding);
        return new(store, await ManifestFile.ReadAsync(store, manifest, cancellationToken), decoding);
    }

    /// <summary>Reads the entries of a table, key group after key group.</summary>
    /// <param name="operatorName">The operator.</param>
    /// <param name="table">The table, see <see cref="StateTable.Name"/>.</param>
    /// <param name="keyGroup">Only this key group; null: all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CorruptCheckpointException">A block is damaged.</exception>
    /// <exception cref="BlockDecodingException">A block's key or its method of compression is missing, or the key is wrong.</exception>
    public async IAsyncEnumerable<StateEntry> ReadAsync(
        string operatorName, string table, int? keyGroup = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        List<BlockInfo> blocks = [.. Manifest.Blocks.Where(block => block.IsState && block.Operator == operatorName && block.Name == table)];
        bool isScoped = table != StateTables.State;
        if (blocks.Find(block => block.FirstKeyGroup < 0 || block.LastKeyGroup > TableBlock.LastKeyGroup) is { } impossible)
            throw new CorruptCheckpointException(impossible.File, impossible.Offset, $"key groups from 0 to {TableBlock.LastKeyGroup}", $"{impossible.FirstKeyGroup} to {impossible.LastKeyGroup}");
        int first = keyGroup ?? (blocks.Count == 0 ? 0 : blocks.Min(block => block.FirstKeyGroup));
        int last = keyGroup ?? (blocks.Count == 0 ? -1 : blocks.Max(block => block.LastKeyGroup));
        for (int group = first; group <= last; group++)
        {
            GroupEntries entries = await ReadGroupAsync(blocks, group, cancellationToken);
            foreach ((ReadOnlyMemory<byte> key, GroupEntry entry) in entries.All)
                yield return Describe(group, key, entry, isScoped);
        }

        _open.Clear();
    }

    /// <summary>Looks one key up.</summary>
    /// <param name="operatorName">The operator.</param>
    /// <param name="table">The table, see <see cref="StateTable.Name"/>.</param>
    /// <param name="keyGroup">The key's group; null: it is looked for in all.</param>
    /// <param name="isKey">Whether a key, read without its type, is the one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its entries: none, one, or one a window or timer.</returns>
    public async Task<IReadOnlyList<StateEntry>> FindAsync(
        string operatorName, string table, int? keyGroup, Func<object?, bool> isKey, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(isKey);
        var found = new List<StateEntry>();
        await foreach (StateEntry entry in ReadAsync(operatorName, table, keyGroup, cancellationToken))
        {
            if (isKey(ReadKey(entry, operatorName, table)))
                found.Add(entry);
        }

        return found;
    }

    /// <summary>Whether two keys, read without their types, are the same: numbers by value whatever their width, records by their members.</summary>
    public static bool KeysEqual(object? a, object? b) => ValueEquality.Equals(a, b);

    private object? ReadKey(StateEntry entry, string operatorName, string table)
    {
        try
        {
            return entry.Key.Read();
        }
        catch (CorruptDataException e)
        {
            BlockInfo block = Manifest.Blocks.First(block =>
                block.IsState && block.Operator == operatorName && block.Name == table && block.FirstKeyGroup <= entry.KeyGroup && entry.KeyGroup <= block.LastKeyGroup);
            throw new CorruptCheckpointException(block.File, block.Offset, $"keys of the schema {entry.Key.Schema}", e.Message, e);
        }
    }

    private static StateEntry Describe(int group, ReadOnlyMemory<byte> key, GroupEntry entry, bool isScoped)
    {
        TableBlock block = entry.Block;
        IReadOnlyList<KeyValuePair<string, EncodedValue>> states = block.StatesAt(entry.Offset, entry.Presence);
        if (!isScoped)
            return new StateEntry(group, new EncodedValue(block.Key, key), null, states);
        Schema user = block.UserKey;
        var reader = new ByteReader(key.Span);
        user.Skip(ref reader);
        int length = reader.Position;
        return new StateEntry(group, new EncodedValue(user, key[..length]), (long)reader.ReadUInt64(), states);
    }

    private async Task<GroupEntries> ReadGroupAsync(List<BlockInfo> blocks, int group, CancellationToken cancellationToken)
    {
        foreach (BlockInfo passed in _open.Keys.Where(block => block.LastKeyGroup < group || block.FirstKeyGroup > group).ToList())
            _open.Remove(passed);
        var entries = new GroupEntries();
        List<BlockInfo> chain = [.. blocks.Where(block => block.FirstKeyGroup <= group && group <= block.LastKeyGroup)];

        // The newest block that says all there is of the group voids those before it.
        foreach (BlockInfo info in chain.Skip(Math.Max(0, chain.FindLastIndex(block => block.Kind == BlockKind.Base))))
        {
            if (!_open.TryGetValue(info, out TableBlock? block))
                _open.Add(info, block = new TableBlock(info, await BlockReader.ReadAsync(_store, info, _decoding, cancellationToken)));
            block.Apply(group, entries);
        }

        return entries;
    }
}
