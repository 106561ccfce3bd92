namespace Gristmill.Protocol;

/// <summary>
/// Mutants that tests plant on purpose. A test that does not find a planted mutant proves nothing about the code
/// without it. Nothing but tests can set them: every property that carries them is internal.
/// </summary>
[Flags]
internal enum ProtocolFaults : long
{
    /// <summary>The code as it is meant.</summary>
    None = 0,

    // Planted in this assembly.

    /// <summary>The coordinator moves the head before the manifest it names is stored.</summary>
    MoveHeadBeforeManifest = 1 << 0,

    /// <summary>Alignment holds the channels that have not delivered the barrier.</summary>
    AlignWrongSide = 1 << 1,

    /// <summary>The coordinator and the sources take messages of any generation.</summary>
    SkipGenerationCheck = 1 << 2,

    /// <summary>The coordinator takes a checkpoint for complete with one ack still to come.</summary>
    CommitBeforeAllAcks = 1 << 3,

    /// <summary>The coordinator counts the ack of an aborted checkpoint for a newer one.</summary>
    AcceptLateAck = 1 << 4,

    /// <summary>The coordinator has output applied before the head has moved.</summary>
    ApplyBeforeHead = 1 << 5,

    /// <summary>A snapshot that overtakes barriers leaves out what is in flight.</summary>
    ForgetInFlight = 1 << 6,

    /// <summary>Once barriers are overtaken, every channel counts as in flight until all of them have come.</summary>
    CopyBehindBarrier = 1 << 7,

    /// <summary>All that are planted in this assembly.</summary>
    InProtocol = MoveHeadBeforeManifest | AlignWrongSide | SkipGenerationCheck
        | CommitBeforeAllAcks | AcceptLateAck | ApplyBeforeHead | ForgetInFlight | CopyBehindBarrier,

    // Planted in the engine; named here so that there is one list.

    /// <summary>A sink leaves what it staged out of its snapshot.</summary>
    ForgetStagedOutput = 1 << 16,

    /// <summary>Recovery seeks a source one record past its position.</summary>
    SeekSourcesOneTooFar = 1 << 17,

    /// <summary>A subtask takes its snapshot only after the batch behind the barrier.</summary>
    SnapshotAfterNextBatch = 1 << 18,

    /// <summary>A subtask lets held channels flow before it has frozen its state.</summary>
    ReleaseBeforeSnapshot = 1 << 19,

    /// <summary>Recovery does not publish what the restored checkpoint holds as staged.</summary>
    SkipPublishAtRecovery = 1 << 20,

    /// <summary>Recovery restores the checkpoint before the newest.</summary>
    RestoreOlderCheckpoint = 1 << 21,

    /// <summary>A generation counts a refused move of the head as done.</summary>
    IgnoreRefusedHead = 1 << 22,

    /// <summary>A sink's epochs of a checkpoint that failed are left out of the next one.</summary>
    DropAbortedEpochs = 1 << 23,

    /// <summary>Of what is in flight only what is there when the snapshot is taken is copied, not what comes later.</summary>
    CopyInFlightOnce = 1 << 24,

    /// <summary>What is in flight is copied when it is seen and again when it is taken.</summary>
    CopyInFlightTwice = 1 << 25,

    /// <summary>Recovery lets new input in before what was in flight.</summary>
    RestoreInFlightLast = 1 << 26,

    /// <summary>A table takes what it has frozen for committed, so that an aborted checkpoint's changes are in no later one.</summary>
    BuildOnUncommitted = 1 << 27,

    /// <summary>A restore leaves in what changes say was removed.</summary>
    ForgetDeletions = 1 << 28,

    /// <summary>A manifest leaves out what older checkpoints wrote, as if each held everything.</summary>
    ForgetOlderBlocks = 1 << 29,

    /// <summary>An entry that spills is taken for unchanged, so that the next incremental snapshot leaves it out.</summary>
    ForgetSpilledChanges = 1L << 30,

    /// <summary>An entry that is moved in from the spill log stays in its index, and comes back when the key is removed.</summary>
    KeepSpilledEntries = 1L << 31,

    /// <summary>A generation with another parallelism goes on from the checkpoint before the last one of its predecessor.</summary>
    RescaleFromOlderCheckpoint = 1L << 32,

    /// <summary>Of the last checkpoint before a change of parallelism only the first subtasks take up what it changed.</summary>
    ForgetLastChanges = 1L << 33,

    /// <summary>A default that is stated for a field is read in the place of what was written too, where the schema has changed.</summary>
    DefaultsForAll = 1L << 40,

    /// <summary>State of an operator is looked for under its name of now only.</summary>
    ForgetRenamedState = 1L << 41,

    /// <summary>A block counts as void once one of its key groups is written anew.</summary>
    VoidTooEarly = 1L << 42,

    /// <summary>A job that is taken back stays in its generation.</summary>
    RollBackInGeneration = 1L << 43,

    /// <summary>Changes are put on top of blocks of another schema or name, which are not written anew.</summary>
    BuildOnOldSchema = 1L << 44,

    /// <summary>What only checkpoints before the newest need is collected.</summary>
    CollectForNewestOnly = 1L << 45,
}
