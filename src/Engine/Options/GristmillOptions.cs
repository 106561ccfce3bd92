using Gristmill.Checkpoints;
using Gristmill.Protocol;

namespace Gristmill;

/// <summary>How jobs run. Checked at start, all faults at once.</summary>
public sealed class GristmillOptions
{
    /// <summary>Subtasks of each operator that does not say otherwise: 1 up to <see cref="KeyGroups"/>. Default: the machine's processors.</summary>
    public int Parallelism { get; set; } = Environment.ProcessorCount;

    /// <summary>Threads that run subtasks: 1 to 1,024. Default: the machine's processors.</summary>
    public int WorkerThreads { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// Key groups of a job: 1 to 32,768, and the most subtasks a keyed operator can ever have. Fixed for the life of a
    /// job's checkpoints. Default: 256.
    /// </summary>
    public int KeyGroups { get; set; } = 256;

    /// <summary>Records a batch holds: 1 to 65,536. Default: 1,024.</summary>
    public int BatchSize { get; set; } = Batch<int>.DefaultCapacity;

    /// <summary>Messages a channel between two subtasks holds: a power of two, 2 to 4,096. Default: 8.</summary>
    public int ChannelCapacity { get; set; } = 8;

    /// <summary>When and where checkpoints are taken.</summary>
    public CheckpointOptions Checkpoints { get; } = new();

    /// <summary>Where keyed state lies while a job runs.</summary>
    public StateOptions State { get; } = new();

    /// <summary>What happens when a part of a job fails.</summary>
    public RestartOptions Restart { get; } = new();

    /// <summary>What has become of operators since the checkpoint a job goes on from.</summary>
    public UpgradeOptions Upgrade { get; } = new();

    /// <summary>What a host does when the job has failed for good or was taken over. Default: it stops.</summary>
    public HostFailureBehavior HostFailure { get; set; } = HostFailureBehavior.StopHost;

    /// <summary>All faults of these options, each naming the setting, its value and the remedy.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Check(faults, nameof(Parallelism), Parallelism, 1, KeyGroups);
        Check(faults, nameof(WorkerThreads), WorkerThreads, 1, 1024);
        Check(faults, nameof(KeyGroups), KeyGroups, 1, 32768);
        Check(faults, nameof(BatchSize), BatchSize, 1, 65536);
        Check(faults, nameof(ChannelCapacity), ChannelCapacity, 2, 4096);
        if ((ChannelCapacity & (ChannelCapacity - 1)) != 0)
            faults.Add($"ChannelCapacity is {ChannelCapacity}; it must be a power of two, for example 8.");
        faults.AddRange(Checkpoints.Validate());
        faults.AddRange(State.Validate());
        faults.AddRange(Restart.Validate());
        faults.AddRange(Upgrade.Validate());
        return faults;
    }

    internal static void Check(List<string> faults, string setting, long value, long least, long most)
    {
        if (value < least || value > most)
            faults.Add($"{setting} is {value}; it must be from {least} to {most}.");
    }
}

/// <summary>What a checkpoint promises about records in flight.</summary>
public enum CheckpointMode
{
    /// <summary>Each record is in the state once, whatever fails. Inputs that have delivered their barrier wait for the others.</summary>
    ExactlyOnce = 0,

    /// <summary>No input waits; after a failure some records are in the state twice.</summary>
    AtLeastOnce = 1,
}

/// <summary>Whether a checkpoint waits for the records in front of its barriers, or takes them along.</summary>
public enum UnalignedCheckpoints
{
    /// <summary>It waits, however long a slow sink holds the records back.</summary>
    Never = 0,

    /// <summary>It waits for <see cref="CheckpointOptions.AlignmentTimeout"/>, and takes along what is still in flight then.</summary>
    AfterTimeout = 1,

    /// <summary>It never waits. Each checkpoint is larger by what is in flight, also where waiting would be a matter of milliseconds.</summary>
    Always = 2,
}

/// <summary>What becomes of a job's checkpoints when it is cancelled.</summary>
public enum CancelledCheckpoints
{
    /// <summary>They are kept: the job can be started again from them.</summary>
    Retain = 0,

    /// <summary>They are deleted.</summary>
    Delete = 1,
}

/// <summary>When and where checkpoints are taken.</summary>
public sealed class CheckpointOptions
{
    private const int LongestSum = 4000;
    private readonly Lock _lock = new();
    private ((ICheckpointStore Remote, string Folder, long MaxBytes) Of, LocalCopyStore Store)? _withCopies;

    /// <summary>Whether checkpoints are taken by time; false leaves those on request and the last one. Default: true.</summary>
    public bool Periodic { get; set; } = true;

    /// <summary>From the start of one to the start of the next: 1 ms to 24 days. Default: 10 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// In place of an interval: how long it may take from a failure until the job is where it would have been without one.
    /// The interval follows from what is measured, and <see cref="Interval"/> is only the first one: 100 ms to 1 day.
    /// Default: null, the interval is fixed.
    /// </summary>
    public TimeSpan? RecoveryTimeObjective { get; set; }

    /// <summary>
    /// In place of an interval: which part of a subtask's time checkpoints may take. Checkpoints are then as frequent as
    /// that allows, or as <see cref="RecoveryTimeObjective"/> demands: 0.0001 to 0.5. Default: null, the interval is fixed.
    /// </summary>
    public double? OverheadBudget { get; set; }

    /// <summary>Rest between the end of one and the start of the next: 0 to 24 days. Default: 0.</summary>
    public TimeSpan MinimumPause { get; set; } = TimeSpan.Zero;

    /// <summary>After this one that is not complete is given up: 1 ms to 24 days. Default: 10 minutes.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How many may be under way at once: 1 to 16. Default: 1.</summary>
    public int MaxConcurrent { get; set; } = 1;

    /// <summary>How many may fail in a row before the job does: 0 to 1,000. Default: 3.</summary>
    public int ToleratedFailures { get; set; } = 3;

    /// <summary>
    /// How many complete ones are kept, the newest: 1 to 256, and never fewer than the last two. Default: 10. What
    /// <see cref="RetainFor"/> and <see cref="RetentionTiers"/> keep is kept too; together at most 256.
    /// </summary>
    public int Retain { get; set; } = 10;

    /// <summary>
    /// All complete ones that are no older are kept too: 1 ms to 3,660 days. Default: null, age keeps none. With an interval
    /// that is not fixed there may be more than 256; then the oldest that nothing else keeps go first.
    /// </summary>
    public TimeSpan? RetainFor { get; set; }

    /// <summary>
    /// Of older ones, one of each slot of time is kept too: <c>RetentionTiers.Add(TimeSpan.FromHours(1), TimeSpan.FromDays(1))</c> keeps the
    /// first of each hour for a day. At most 16. Default: none.
    /// </summary>
    public RetentionTierList RetentionTiers { get; } = [];

    /// <summary>How old an object no kept checkpoint needs must be before it is deleted: 0 or more. Default: 10 minutes.</summary>
    public TimeSpan MinimumAge { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Whether a checkpoint holds only what has changed since the one before, as far as that is less; a part of the state is
    /// written whole in turn, so that a restore reads about four times the state at most. Default: true.
    /// </summary>
    public bool Incremental { get; set; } = true;

    /// <summary>
    /// Of how many checkpoints a restore reads changes at most, about; each of them costs a line a subtask in the manifest,
    /// so with more than 16 subtasks of an operator it is fewer: 4,000 over their number. 1 to 1,000. Default: 250.
    /// </summary>
    public int LongestChain { get; set; } = 250;

    /// <summary>Exactly once (default) or at least once.</summary>
    public CheckpointMode Mode { get; set; } = CheckpointMode.ExactlyOnce;

    /// <summary>
    /// Whether records in flight become part of a checkpoint that would have to wait for them. Default: after
    /// <see cref="AlignmentTimeout"/>. Those of a stop and of the end of a job always wait, and so do all of a job that runs at least
    /// once, and those of streams whose records can't be written down (a warning at start names them).
    /// </summary>
    public UnalignedCheckpoints Unaligned { get; set; } = UnalignedCheckpoints.AfterTimeout;

    /// <summary>How long a checkpoint's barriers may be under way before they overtake records: 1 ms to 24 days. Default: 10 s.</summary>
    public TimeSpan AlignmentTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What becomes of them when the job is cancelled. Default: they are kept.</summary>
    public CancelledCheckpoints OnCancel { get; set; } = CancelledCheckpoints.Retain;

    /// <summary>The savepoint a job begins from that has no checkpoint of its own yet. Default: null, it begins anew.</summary>
    public SavepointStart? StartFrom { get; set; }

    /// <summary>Where they are kept. Default: none chosen, which is a fault.</summary>
    public ICheckpointStore? Store { get; set; }

    /// <summary>
    /// How blocks are compressed. Default: <see cref="BlockCompression.Packed"/>, which costs less than hashing and writing what it
    /// saves. <c>BlockCompression.Brotli()</c> makes them smaller still, but costs more of the processor than all else of a checkpoint;
    /// it pays where bytes are sent or kept dearly. Null: not at all. It may change at any time; blocks say how they are stored.
    /// </summary>
    public IBlockCompression? Compression { get; set; } = BlockCompression.Packed;

    /// <summary>Methods of compression that kept checkpoints may have been written with, beside <see cref="Compression"/> and Gristmill's own. Default: none.</summary>
    public IList<IBlockCompression> KnownCompressions { get; } = [];

    /// <summary>
    /// Encrypts what blocks hold. Default: null, not at all; then checkpoints that are encrypted can't be read.
    /// See <see cref="CheckpointEncryption"/> for what is hidden and what is not.
    /// </summary>
    public CheckpointEncryption? Encryption { get; set; }

    /// <summary>How new blocks are stored.</summary>
    internal BlockEncoding Encoding => new(Compression, Encryption);

    /// <summary>
    /// Keeps what this process writes on a local disk too, from where it is read again after a restart. Default: null, which
    /// is off. For a remote <see cref="Store"/>; see <see cref="LocalCopyStore"/>.
    /// </summary>
    public LocalCopyOptions? LocalCopies { get; set; }

    /// <summary>
    /// A second store every complete checkpoint is copied to in the background, the newest one if that falls behind, from
    /// which the job can be started when <see cref="Store"/> is gone. Default: null, which is off. See <see cref="CheckpointCopier"/>.
    /// </summary>
    public ICheckpointStore? CopyTo { get; set; }

    /// <summary>The store as jobs use it: with local copies if there are to be any. The same one at every call.</summary>
    internal ICheckpointStore? EffectiveStore()
    {
        if (LocalCopies is not { } copies || Store is not { } store)
            return Store;
        lock (_lock)
        {
            if (_withCopies is not { } made || made.Of != (store, copies.Folder, copies.MaxBytes))
                _withCopies = made = ((store, copies.Folder, copies.MaxBytes), new LocalCopyStore(store, copies.Folder, copies.MaxBytes));
            return made.Store;
        }
    }

    /// <summary>Which complete ones are kept, as the protocol decides it.</summary>
    internal RetentionPolicy Retention() => new()
    {
        Last = Retain,
        ForMs = RetainFor is { } age ? (long)age.TotalMilliseconds : null,
        Tiers = [.. RetentionTiers.Select(tier => tier.ToProtocol())],
    };

    /// <summary>Whether any checkpoint but the last can ever be taken.</summary>
    internal bool IsOn => Periodic;

    /// <summary>State of no more entries is written whole each time.</summary>
    internal int FewEntries { get; set; } = 1024;

    /// <summary>The longest chain where an operator has so many subtasks.</summary>
    internal int LongestChainOf(int parallelism) => Math.Clamp(LongestSum / parallelism, Math.Min(16, LongestChain), LongestChain);

    /// <summary>After how many milliseconds barriers overtake records; null: never.</summary>
    internal long? OvertakeAfterMs => Mode != CheckpointMode.ExactlyOnce || Unaligned == UnalignedCheckpoints.Never ? null
        : Unaligned == UnalignedCheckpoints.Always ? 0 : (long)AlignmentTimeout.TotalMilliseconds;

    /// <summary>Keeps them in a folder, which may be on a shared disk.</summary>
    public CheckpointOptions UseFiles(string folder)
    {
        Store = new FileCheckpointStore(folder);
        return this;
    }

    /// <summary>Keeps them in memory: they end with the process.</summary>
    public CheckpointOptions UseMemory()
    {
        Store = new MemoryCheckpointStore();
        return this;
    }

    /// <summary>What blocks are read with, once the options are valid.</summary>
    internal BlockDecoding Decoding() => new(Methods(), Encryption?.Keys);

    internal IEnumerable<string> Validate()
    {
        var faults = new List<string>();
        const long most = 24L * 24 * 3600 * 1000;
        GristmillOptions.Check(faults, "Checkpoints.Interval in milliseconds", (long)Interval.TotalMilliseconds, 1, most);
        GristmillOptions.Check(faults, "Checkpoints.MinimumPause in milliseconds", (long)MinimumPause.TotalMilliseconds, 0, most);
        GristmillOptions.Check(faults, "Checkpoints.Timeout in milliseconds", (long)Timeout.TotalMilliseconds, 1, most);
        GristmillOptions.Check(faults, "Checkpoints.AlignmentTimeout in milliseconds", (long)AlignmentTimeout.TotalMilliseconds, 1, most);
        if (Unaligned == UnalignedCheckpoints.Always && Mode == CheckpointMode.AtLeastOnce)
            faults.Add("Checkpoints.Unaligned is Always, but Checkpoints.Mode is AtLeastOnce, in which nothing waits and nothing is taken along; set Mode to ExactlyOnce, or Unaligned to Never.");
        GristmillOptions.Check(faults, "Checkpoints.MaxConcurrent", MaxConcurrent, 1, 16);
        GristmillOptions.Check(faults, "Checkpoints.ToleratedFailures", ToleratedFailures, 0, 1000);
        faults.AddRange(RetentionFaults.Of(this));
        GristmillOptions.Check(faults, "Checkpoints.MinimumAge in milliseconds", (long)MinimumAge.TotalMilliseconds, 0, long.MaxValue);
        if (RecoveryTimeObjective is { } objective)
            GristmillOptions.Check(faults, "Checkpoints.RecoveryTimeObjective in milliseconds", (long)objective.TotalMilliseconds, 100, 24L * 3600 * 1000);
        if (OverheadBudget is not (null or (>= 0.0001 and <= 0.5)))
            faults.Add($"Checkpoints.OverheadBudget is {OverheadBudget}; it must be from 0.0001 to 0.5.");
        if (!Periodic && (RecoveryTimeObjective ?? (object?)OverheadBudget) is not null)
            faults.Add("Checkpoints.Periodic is false, but Checkpoints.RecoveryTimeObjective or OverheadBudget asks for an interval; set Periodic to true or leave these out.");
        GristmillOptions.Check(faults, "Checkpoints.LongestChain", LongestChain, 1, 1000);
        if (LocalCopies is not null)
            faults.AddRange(LocalCopies.Faults());
        if (CopyTo is not null && ReferenceEquals(CopyTo, Store))
            faults.Add("Checkpoints.CopyTo is the store itself; give another one, or leave it null.");
        if (Store is null)
            faults.Add("Checkpoints has no store; call Checkpoints.UseFiles(folder), UseMemory(), or set Checkpoints.Store.");
        faults.AddRange(BlockDecoding.Faults(Methods()).Select(fault => $"Checkpoints.Compression and KnownCompressions: {fault}"));
        if (Encryption is not null)
            faults.AddRange(Encryption.Faults());
        return faults;
    }

    private IEnumerable<IBlockCompression> Methods() => Compression is null ? KnownCompressions : KnownCompressions.Prepend(Compression);
}

/// <summary>How a failed job is restarted.</summary>
public enum RestartPolicy
{
    /// <summary>The delay grows from failure to failure up to a cap.</summary>
    Exponential = 0,

    /// <summary>The delay is the same each time.</summary>
    FixedDelay = 1,

    /// <summary>It is not: the first failure ends the job.</summary>
    None = 2,
}

/// <summary>What happens when a part of a job fails: the whole job goes back to its newest checkpoint, after a delay.</summary>
public sealed class RestartOptions
{
    /// <summary>Exponential (default), fixed delay, or none.</summary>
    public RestartPolicy Policy { get; set; } = RestartPolicy.Exponential;

    /// <summary>The first delay, and with a fixed delay every one: 0 to 1 day. Default: 100 ms.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest delay: <see cref="Delay"/> to 1 day. Default: 1 minute.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>By how much each delay is longer than the one before: 1 to 10. Default: 2.</summary>
    public double Multiplier { get; set; } = 2;

    /// <summary>
    /// With exponential delays: after running this long without failure, failures are counted anew: 1 ms or more.
    /// Default: 10 minutes. With a fixed delay they are counted over the job's life in this process.
    /// </summary>
    public TimeSpan HealthyAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>After so many restarts in a row the job fails for good: 1 or more. Default: 10.</summary>
    public int MostAttempts { get; set; } = 10;

    internal IEnumerable<string> Validate()
    {
        var faults = new List<string>();
        const long day = 24L * 3600 * 1000;
        GristmillOptions.Check(faults, "Restart.Delay in milliseconds", (long)Delay.TotalMilliseconds, 0, day);
        GristmillOptions.Check(faults, "Restart.LongestDelay in milliseconds", (long)LongestDelay.TotalMilliseconds, (long)Delay.TotalMilliseconds, day);
        GristmillOptions.Check(faults, "Restart.HealthyAfter in milliseconds", (long)HealthyAfter.TotalMilliseconds, 1, long.MaxValue);
        GristmillOptions.Check(faults, "Restart.MostAttempts", MostAttempts, 1, int.MaxValue);
        if (!(Multiplier >= 1 && Multiplier <= 10))
            faults.Add($"Restart.Multiplier is {Multiplier}; it must be from 1 to 10.");
        return faults;
    }
}
