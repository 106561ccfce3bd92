using Gristmill.Checkpoints;
using Gristmill.Graph;
using Gristmill.Queries;
using Gristmill.Runtime;

namespace Gristmill.Jobs;

/// <summary>
/// A node as the job's coordinator sees it: it runs some of a generation's subtasks and writes one file a checkpoint for
/// all of them. In this process it is a <see cref="HostNode"/>; elsewhere, somebody who passes all of this on to one.
/// </summary>
internal interface IHostNode
{
    /// <summary>Makes the subtasks and gives them back what the checkpoint holds of them.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Begins to step. All nodes are prepared.</summary>
    void Begin();

    /// <summary>Tells the subtasks something; a trigger is for sources only.</summary>
    void Post(SubtaskCommand command);

    /// <summary>The lowest watermark of its subtasks; null while none has one.</summary>
    long? Watermark { get; }

    /// <summary>Whether it runs a subtask.</summary>
    bool Runs(int subtask);

    /// <summary>Asks one of its subtasks for a key's state.</summary>
    /// <exception cref="StateQueryException">It can't be answered.</exception>
    Task<StateAnswer> QueryAsync(int subtask, StateQuery query);

    /// <summary>Stops stepping, drops open checkpoints and frees what the subtasks hold.</summary>
    Task CloseAsync();
}

/// <summary>What a node tells the coordinator; called where the coordinator's code runs.</summary>
internal interface INodeEvents
{
    /// <summary>A subtask is through with its snapshot. For the history; it is durable only with its node's file.</summary>
    void SnapshotWritten(long checkpoint, SubtaskTimes times);

    /// <summary>A node's part of a checkpoint is durable.</summary>
    void FileWritten(long checkpoint, NodeFile file);

    /// <summary>A node's part of a checkpoint can't be written.</summary>
    void WriteFailed(long checkpoint, CheckpointWriteError error);

    void Declined(long checkpoint, int subtask, string reason);

    void Ended(int subtask);

    /// <param name="who">The subtask, or the node.</param>
    /// <param name="error">Why the generation can't go on.</param>
    void Failed(string who, Exception error);
}

/// <summary>What all nodes of a generation need to know.</summary>
/// <param name="Job">The job.</param>
/// <param name="Run">What subtasks in this process share.</param>
/// <param name="Splits">The sources' splits at their positions.</param>
/// <param name="Restored">The checkpoint to go on from.</param>
/// <param name="Events">Told what comes of it.</param>
internal sealed record GenerationSetup(
    JobDefinition Job, JobRun Run, IReadOnlyDictionary<SourceNode, IReadOnlyList<StoredSplit>> Splits, RestoredCheckpoint? Restored, INodeEvents Events);

/// <summary>One node's part of a checkpoint, durable.</summary>
/// <param name="Subtasks">The numbers of the subtasks it is of.</param>
/// <param name="Blocks">Its blocks.</param>
/// <param name="Staged">What sinks staged.</param>
/// <param name="Bytes">How much was written.</param>
internal sealed record NodeFile(IReadOnlyList<int> Subtasks, IReadOnlyList<BlockInfo> Blocks, IReadOnlyList<StagedPart> Staged, long Bytes);

/// <summary>What a sink's subtask staged.</summary>
/// <param name="Operator">The sink.</param>
/// <param name="Staged">As its committer takes it.</param>
/// <param name="Encoded">As it lies in its block, where it has to travel.</param>
internal sealed record StagedPart(string Operator, object Staged, (byte[] Schema, byte[] Payload)? Encoded);

/// <summary>What a checkpoint cost a subtask.</summary>
internal sealed record SubtaskTimes(int Number, string Operator, int Index, SnapshotTimes Times);
