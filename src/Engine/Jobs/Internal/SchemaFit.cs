using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;
using Gristmill.Codec;
using Gristmill.Graph;
using Gristmill.Runtime;

namespace Gristmill.Jobs;

/// <summary>
/// Whether what a checkpoint holds can be read as the job's types of now. It takes the schemas only, from the headers of a few
/// blocks, so it is quick enough to be done before the version that runs is stopped.
/// </summary>
internal sealed class SchemaFit(RestoredCheckpoint checkpoint, UpgradeOptions upgrade, ICheckpointStore store, JobRun run)
{
    /// <summary>A list without entries, as the codec writes one.</summary>
    private static readonly byte[] NoOutput = [0];

    private readonly List<string> _misfits = [];

    /// <summary>All that can't be read, at once.</summary>
    /// <exception cref="CorruptCheckpointException">A header is damaged.</exception>
    public async Task<IReadOnlyList<string>> MisfitsAsync(CancellationToken cancellationToken)
    {
        foreach (BlockInfo info in OneOfEach())
        {
            BlockHeader header = await BlockCodec.ReadHeaderAsync(store, info, cancellationToken);
            Node? node = run.Plan.Nodes.FirstOrDefault(node => node.Name == upgrade.NameNow(info.Operator));
            if (info.IsState && node is not null)
                await TryStateAsync(node, header);
            else if (info.Kind == BlockKind.Positions && node is SourceNode source)
                Try(source.Name!, "positions", () => source.Decode(header.ValueSchema, []));
            else if (info.Kind == BlockKind.Staged && node is SinkNode sink)
                Try(sink.Name!, "staged output", () => CommitterOf(sink)?.Decode(header.ValueSchema, NoOutput));
        }

        return _misfits;
    }

    /// <summary>One generation is one version of the job: of each table and generation one block tells.</summary>
    private IEnumerable<BlockInfo> OneOfEach()
        => checkpoint.Manifest.Blocks
            .Where(info => !upgrade.Removed.Contains(info.Operator))
            .GroupBy(info => (info.Operator, info.Kind == BlockKind.Delta ? BlockKind.Base : info.Kind, info.Name, VersionOf(info.File)))
            .Select(same => same.Last());

    private static string VersionOf(string file)
        => CheckpointLayout.Parse(file) is { Kind: CheckpointObjectKind.NodeFile } known ? $"{known.Job} {known.Generation}" : file;

    private async Task TryStateAsync(Node node, BlockHeader header)
    {
        SubtaskPlan subtask = run.Plan.Subtasks.First(subtask => subtask.Task == run.Plan.TaskOf(node));
        if (node.CreateDetached(new SubtaskBuilder(run, subtask.Task, 0)) is not { } op)
            return;
        try
        {
            // A block without entries: only its schemas are looked at.
            op.Restore(new OperatorRestore(header.Operator, [(new Block(header, default), 0)], new NewestWhole([])));
        }
        catch (InvalidOperationException e)
        {
            _misfits.Add(e.Message);
        }
        finally
        {
            await op.CloseAsync();
        }
    }

    private void Try(string name, string what, Action decode)
    {
        try
        {
            decode();
        }
        catch (SchemaMismatchException e)
        {
            _misfits.Add($"The checkpoint's {what} of '{name}' can't be read: {e.Message}");
        }
        catch (CorruptDataException)
        {
            // There was nothing to read; the types fit.
        }
    }

    private ISinkCommitter? CommitterOf(SinkNode sink)
        => sink.Committer(new SubtaskSinkContext(run, sink.Name!, 0, run.Plan.ParallelismOf(sink), signals: null));
}
