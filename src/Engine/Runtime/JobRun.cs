using Gristmill.Graph;
using Gristmill.Protocol;
using Microsoft.Extensions.Logging;

namespace Gristmill.Runtime;

/// <summary>One generation of a job on this node: what its subtasks share.</summary>
internal sealed class JobRun
{
    public required JobPlan Plan { get; init; }

    public required GristmillOptions Options { get; init; }

    public required long Generation { get; init; }

    /// <summary>The number of the first checkpoint this generation can take.</summary>
    public required long FirstCheckpoint { get; init; }

    /// <summary>What tells its epochs from those of the job started anew. Empty while nothing runs.</summary>
    public required string Lineage { get; init; }

    public required TimeProvider Time { get; init; }

    public required IWaker Waker { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    public required JobMetrics Metrics { get; init; }

    /// <summary>Mutants planted by a test.</summary>
    public ProtocolFaults Faults { get; init; }

    /// <summary>For the simulation: whether a channel hides what is in it for now.</summary>
    public Func<bool>? IsChannelDelayed { get; init; }

    /// <summary>Table slots a slice of a snapshot visits; 0: as many as take a fraction of a millisecond.</summary>
    public int SliceEntries { get; init; }

    /// <summary>Called by each source subtask, from its step, when it has read its first record; null: nobody asks.</summary>
    public Action? OnFirstRecord { get; init; }

    /// <summary>After how many milliseconds barriers overtake records; null: never.</summary>
    public long? OvertakeAfterMs => Options.Checkpoints.OvertakeAfterMs;

    public bool SeekSourcesOneTooFar => (Faults & ProtocolFaults.SeekSourcesOneTooFar) != 0;

    public bool DropAbortedEpochs => (Faults & ProtocolFaults.DropAbortedEpochs) != 0;

    public bool ForgetStagedOutput => (Faults & ProtocolFaults.ForgetStagedOutput) != 0;

    /// <summary>Where its channels come from.</summary>
    public IChannels Channels
    {
        get => field ??= new LocalChannels(Waker, Options, IsChannelDelayed);
        init;
    }
}
