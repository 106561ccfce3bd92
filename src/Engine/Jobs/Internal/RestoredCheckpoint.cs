using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;
using Gristmill.Graph;
using Gristmill.Operators;
using Gristmill.Protocol;
using Gristmill.Runtime;
using Gristmill.State;

namespace Gristmill.Jobs;

/// <summary>The checkpoint a generation starts from, read as it is needed.</summary>
internal sealed class RestoredCheckpoint(ICheckpointStore store, BlockDecoding decoding, UpgradeOptions upgrade, string job, ManifestReference reference, Manifest manifest, VerifiedBlocks? verified = null, long bytesAtOnce = long.MaxValue)
{
    // Of state that is to spill, no more than this is in memory before it is loaded.
    private const long SpillingBytesAtOnce = 32 << 20;

    private readonly Dictionary<string, List<(int Subtask, long In, long Out)>> _watermarks = [];

    /// <summary>What names it.</summary>
    public ManifestReference Reference => reference;

    public Manifest Manifest => manifest;

    /// <summary>State that is loaded already, of an older checkpoint of the same generation; null: none.</summary>
    public PreparedState? Prepared { get; init; }

    /// <summary>Whether subtasks with moved state are to miss what is not loaded yet: a mutant planted by a test.</summary>
    public bool ForgetsLastChanges { get; init; }

    /// <summary>A mutant that tests plant.</summary>
    public bool ForgetsRenamed { get; set; }

    /// <exception cref="CorruptCheckpointException">It is damaged.</exception>
    public static async Task<RestoredCheckpoint> OpenAsync(
        JobDefinition job, ManifestReference reference, CancellationToken cancellationToken, VerifiedBlocks? verified = null)
        => Of(job, reference, await ManifestFile.ReadAsync(job.Store, reference.Manifest, reference.Hash, cancellationToken), verified);

    /// <summary>The checkpoint of a manifest that is known.</summary>
    public static RestoredCheckpoint Of(JobDefinition job, ManifestReference reference, Manifest manifest, VerifiedBlocks? verified = null, PreparedState? prepared = null, bool forgetsLastChanges = false)
        => new(job.Store, job.Decoding, job.Options.Upgrade, job.Name, reference, manifest, verified, job.Options.State.Spill is null ? long.MaxValue : SpillingBytesAtOnce)
        {
            Prepared = prepared,
            ForgetsLastChanges = forgetsLastChanges,
        };

    /// <summary>What of the checkpoint does not fit the job; all of it at once.</summary>
    public IReadOnlyList<string> Misfits(JobPlan plan, GristmillOptions options)
    {
        var misfits = new List<string>();
        if (manifest.KeyGroups != options.KeyGroups)
            misfits.Add($"KeyGroups is {options.KeyGroups}, but checkpoint {manifest.Checkpoint} was taken with {manifest.KeyGroups}; they are fixed for the life of a job: set KeyGroups to {manifest.KeyGroups}.");
        var known = plan.Nodes.Where(node => node.Name is not null).ToDictionary(node => node.Name!, StringComparer.Ordinal);
        foreach ((string name, ManifestOperator written) in manifest.Operators)
        {
            if (options.Upgrade.Removed.Contains(name))
                continue;
            if (!known.TryGetValue(upgrade.NameNow(name), out Node? node))
                misfits.Add($"checkpoint {manifest.Checkpoint} holds state of the {written.Kind} '{name}', which the job no longer has; give the operator its name back, say Upgrade.Renamed[\"{name}\"] = its new name, or Upgrade.Removed.Add(\"{name}\") to drop what it knew.");
            else if (node.Kind != written.Kind)
                misfits.Add($"'{name}' was a {written.Kind} in checkpoint {manifest.Checkpoint} and is a {node.Kind} now; give the new operator another name.");
        }

        // Label and number make the name, so what is compared is the name of the blocks.
        HashSet<(string, string)> inputs = [.. plan.InputNames.Select(input => (input.Operator, input.Block))];
        foreach ((string name, string block) in InFlightTo.Where(input => !inputs.Contains(input)))
            misfits.Add($"checkpoint {manifest.Checkpoint} holds records in flight to '{name}' ({block}), which the job no longer reads that way; start the version that wrote it once more, and stop it with a checkpoint.");

        return misfits;
    }

    /// <summary>The plan of the job with channels wherever records are in flight.</summary>
    public JobPlan Cut(JobPlan plan, GristmillOptions options)
    {
        HashSet<(string, string)> inFlight = InFlightTo;
        HashSet<InputName> cuts = [.. plan.InputNames.Where(input => inFlight.Contains((input.Operator, input.Block)))];
        return cuts.Count == 0 ? plan : new JobPlan(plan.JobName, plan.Nodes, options, cuts, plan.Scale);
    }

    private HashSet<(string Operator, string Block)> InFlightTo
        => [.. manifest.Blocks.Where(block => block.Kind == BlockKind.InFlight && !upgrade.Removed.Contains(block.Operator)).Select(block => (upgrade.NameNow(block.Operator), block.Name))];

    public async Task ReadWatermarksAsync(CancellationToken cancellationToken)
    {
        await foreach ((BlockInfo _, Block block) in BlocksAsync(info => info.Kind == BlockKind.Watermarks, cancellationToken))
        {
            foreach ((string name, int subtask, long watermarkIn, long watermarkOut) in WatermarkBlock.Read(block.Header, block.Payload.Span))
            {
                string now = upgrade.NameNow(name);
                if (!_watermarks.TryGetValue(now, out List<(int, long, long)>? known))
                    _watermarks.Add(now, known = []);
                known.Add((subtask, watermarkIn, watermarkOut));
            }
        }
    }

    /// <summary>Whether it has positions of a source, and be it none: then the source was there, and has read what it found.</summary>
    public bool Knows(string source) => manifest.Blocks.Any(info => info.Kind == BlockKind.Positions && upgrade.NameNow(info.Operator) == source);

    public async Task<IReadOnlyDictionary<string, StoredSplit>> ReadPositionsAsync(SourceNode source, CancellationToken cancellationToken)
    {
        var positions = new Dictionary<string, StoredSplit>(StringComparer.Ordinal);
        await foreach ((BlockInfo _, Block block) in BlocksAsync(info => info.Kind == BlockKind.Positions && upgrade.NameNow(info.Operator) == source.Name, cancellationToken))
        {
            foreach (StoredSplit split in source.Decode(block.Header.ValueSchema, block.Payload.Span))
                positions[split.Id] = split;
        }

        return positions;
    }

    public async Task<IReadOnlyList<object>> ReadStagedAsync(ISinkCommitter sink, CancellationToken cancellationToken)
    {
        var staged = new List<object>();
        await foreach ((BlockInfo _, Block block) in BlocksAsync(info => info.Kind == BlockKind.Staged && upgrade.NameNow(info.Operator) == sink.Operator, cancellationToken))
            staged.Add(sink.Decode(block.Header.ValueSchema, block.Payload));
        return staged;
    }

    /// <summary>Gives the operators of a task what the checkpoint holds of them, one operator after the other.</summary>
    public async Task RestoreAsync(IReadOnlyList<Subtask> subtasks, CancellationToken cancellationToken)
    {
        (int first, int last) = GroupsOf(subtasks);
        foreach (string name in subtasks.SelectMany(subtask => subtask.Operators).Select(op => op.Name).Distinct(StringComparer.Ordinal).ToList())
        {
            PreparedState? prepared = Prepared?.Has(name) == true ? Prepared : null;
            BlockInfo[] infos = [.. BlocksOf(name).Where(info => info.FirstKeyGroup <= last && info.LastKeyGroup >= first && prepared?.Has(info) != true)];
            (ChainOperator Op, Subtask Subtask)[] operators = [.. subtasks.SelectMany(subtask => subtask.Operators.Where(op => op.Name == name).Select(op => (op, subtask)))];
            if (prepared is not null)
            {
                foreach ((ChainOperator op, Subtask subtask) in operators)
                    op.TakeOver(prepared.Of(name, subtask.Index));
            }

            await RestoreAsync(infos, operators, prepared is not null, cancellationToken);
        }

        foreach (Subtask subtask in subtasks)
            subtask.OnRestored(WatermarksOf(WatermarkBlock.InputOf(subtask.Task.Head.Label), subtask).In);
        await RestoreInFlightAsync([.. subtasks.OfType<InputSubtask>()], cancellationToken);
    }

    /// <summary>All blocks of an operator at once, if memory is to hold them anyway; else a part after the other.</summary>
    private async Task RestoreAsync(BlockInfo[] infos, (ChainOperator Op, Subtask Subtask)[] operators, bool replacesOlder, CancellationToken cancellationToken)
    {
        var newest = new NewestWhole(infos);
        int next = 0;
        do
        {
            List<(Block, int)> blocks = await ReadSomeAsync(infos, next, cancellationToken);
            next += blocks.Count;
            await Task.WhenAll(operators.Select(one => OffCaller(() => RestoreOne(one.Op, one.Subtask, blocks, newest, replacesOlder))));
        }
        while (next < infos.Length);
    }

    /// <summary>Loads the state of one operator ahead of the generation that will run it: what is not loaded yet.</summary>
    /// <param name="name">The operator.</param>
    /// <param name="operators">It, of all subtasks.</param>
    /// <param name="before">What is loaded.</param>
    /// <param name="cancellationToken">Gives up between two blocks.</param>
    public async Task LoadAsync(string name, IReadOnlyList<ChainOperator> operators, PreparedState before, CancellationToken cancellationToken)
    {
        BlockInfo[] infos = [.. BlocksOf(name).Where(info => !before.Has(info))];
        if (infos.Length == 0)
            return;
        List<(Block, int)> blocks = await ReadSomeAsync(infos, 0, cancellationToken);
        Invariant.Holds(blocks.Count == infos.Length, "what is loaded ahead has room in memory");
        var newest = new NewestWhole(infos);
        await Task.WhenAll(operators.Select(op => OffCaller(() => Restoring(() =>
        {
            op.Restore(new OperatorRestore(name, blocks, newest) { ReplacesOlder = before.Newest is not null });
            op.OnRestored();
        }))));
    }

    /// <summary>Blocks with their places, from one on, as many as may be in memory at once.</summary>
    private async Task<List<(Block Block, int Place)>> ReadSomeAsync(BlockInfo[] infos, int from, CancellationToken cancellationToken)
    {
        var blocks = new List<(Block, int)>();
        long bytes = 0;
        for (int at = from; at < infos.Length && bytes < bytesAtOnce; at++)
        {
            Block block = await ReadAsync(infos[at], cancellationToken);
            bytes += block.Payload.Length;
            blocks.Add((block, at));
        }

        return blocks;
    }

    private IEnumerable<BlockInfo> BlocksOf(string name) => manifest.Blocks.Where(info => info.IsState && (ForgetsRenamed ? info.Operator : upgrade.NameNow(info.Operator)) == name);

    private async Task RestoreInFlightAsync(IReadOnlyList<InputSubtask> subtasks, CancellationToken cancellationToken)
    {
        HashSet<(string, string)> names = [.. subtasks.SelectMany(subtask => subtask.InputNames).Select(input => (input.Operator, input.Block))];
        await foreach ((BlockInfo _, Block block) in BlocksAsync(info => info.Kind == BlockKind.InFlight && names.Contains((upgrade.NameNow(info.Operator), info.Name)), cancellationToken))
        {
            foreach (InputSubtask subtask in subtasks)
                Restoring(() => subtask.RestoreInFlight(block.Header with { Operator = upgrade.NameNow(block.Header.Operator) }, block.Payload));
        }
    }

    /// <summary>The key groups of subtasks of one task.</summary>
    private (int First, int Last) GroupsOf(IReadOnlyList<Subtask> subtasks)
    {
        int parallelism = subtasks[0].Task.Parallelism;
        return (KeyGroups.First(subtasks.Min(subtask => subtask.Index), manifest.KeyGroups, parallelism),
            KeyGroups.First(subtasks.Max(subtask => subtask.Index) + 1, manifest.KeyGroups, parallelism) - 1);
    }

    /// <summary>Subtasks share nothing, and to load a large state takes the processor long: each has a thread for it.</summary>
    private Task OffCaller(Action restore)
    {
        if (store.Durability != StoreDurability.Memory)
            return IoPool.Run(restore);
        restore();
        return Task.CompletedTask;
    }

    private void RestoreOne(ChainOperator op, Subtask subtask, List<(Block, int)> blocks, NewestWhole newest, bool replacesOlder)
    {
        bool forgets = ForgetsLastChanges && subtask.Index != 0;
        (long watermarkIn, long watermarkOut) = WatermarksOf(op.Name, subtask);
        Restoring(() => op.Restore(new OperatorRestore(op.Name, forgets ? [] : blocks, newest)
        {
            WatermarkIn = watermarkIn,
            WatermarkOut = watermarkOut,
            Groups = GroupsOf(op.Name, subtask, watermarkIn),
            ReplacesOlder = replacesOlder && !forgets,
        }));
    }

    /// <summary>What can't be read as today's types says so, and would say it again.</summary>
    private void Restoring(Action restore)
    {
        try
        {
            restore();
        }
        catch (InvalidOperationException e)
        {
            throw new JobConfigurationException(job, [e.Message]);
        }
    }

    /// <summary>A subtask gets its own watermarks back; after a change of parallelism, the lowest of all.</summary>
    private (long In, long Out) WatermarksOf(string name, Subtask subtask)
    {
        if (!_watermarks.TryGetValue(name, out List<(int Subtask, long In, long Out)>? known))
            return (ChainOperator.NoWatermark, ChainOperator.NoWatermark);
        bool sameParallelism = known.Select(one => one.Subtask).Distinct().Count() == subtask.Task.Parallelism;
        List<(int Subtask, long In, long Out)> own = sameParallelism ? [.. known.Where(one => one.Subtask == subtask.Index)] : known;
        return (own.Min(one => one.In), own.Min(one => one.Out));
    }

    /// <summary>How far each key group of a subtask had come, if some had come further than the subtask is now.</summary>
    private GroupWatermarks? GroupsOf(string name, Subtask subtask, long watermark)
    {
        if (!_watermarks.TryGetValue(name, out List<(int Subtask, long In, long Out)>? known))
            return null;
        Dictionary<int, long> bySubtask = known.GroupBy(one => one.Subtask).ToDictionary(group => group.Key, group => group.Max(one => one.In));
        long[] reached = [.. Enumerable.Range(0, manifest.KeyGroups).Select(group =>
        {
            if (KeyGroups.Owner(group, manifest.KeyGroups, subtask.Task.Parallelism) != subtask.Index)
                return ChainOperator.NoWatermark;
            long owner = bySubtask.GetValueOrDefault(KeyGroups.Owner(group, manifest.KeyGroups, bySubtask.Count), ChainOperator.NoWatermark);
            return _watermarks.TryGetValue(WatermarkBlock.GroupOf(name, group), out List<(int, long In, long)>? ahead) ? Math.Max(owner, ahead.Max(one => one.In)) : owner;
        })];
        return Array.Exists(reached, own => own > watermark) ? new GroupWatermarks(reached) : null;
    }

    private async IAsyncEnumerable<(BlockInfo Info, Block Block)> BlocksAsync(
        Func<BlockInfo, bool> which, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (BlockInfo info in manifest.Blocks.Where(which))
            yield return (info, await ReadAsync(info, cancellationToken));
    }

    private async ValueTask<Block> ReadAsync(BlockInfo info, CancellationToken cancellationToken)
    {
        try
        {
            return verified?.Take(info) is { } stored
                ? await BlockDecoder.DecodeAsync(stored, decoding, info.File, info.Offset, store.Durability != StoreDurability.Memory)
                : await BlockReader.ReadAsync(store, info, decoding, cancellationToken);
        }
        catch (BlockDecodingException e)
        {
            // Starting again would find the same keys.
            throw new JobConfigurationException(job, [e.Message]);
        }
    }
}
