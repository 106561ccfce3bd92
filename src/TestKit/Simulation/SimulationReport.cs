using System.Text;

namespace Gristmill.TestKit.Simulation;

/// <summary>What came of simulating a job.</summary>
public sealed class SimulationReport
{
    internal SimulationReport(IReadOnlyList<SimulationResult> runs) => Runs = runs;

    /// <summary>The runs, by seed. After a failure there may be fewer than asked for.</summary>
    public IReadOnlyList<SimulationResult> Runs { get; }

    /// <summary>The runs that failed.</summary>
    public IEnumerable<SimulationResult> Failures => Runs.Where(run => run.Failure is not null);

    /// <summary>Fails, if a run has failed.</summary>
    /// <exception cref="SimulationFailedException">With seed, finding, trace and the command that replays it.</exception>
    public void ThrowIfFailed()
    {
        if (Failures.FirstOrDefault() is { } failed)
            throw new SimulationFailedException(failed);
    }

    /// <summary>In one line: how much was tried.</summary>
    public override string ToString()
    {
        var total = new SimulationCounts();
        foreach (SimulationResult run in Runs)
            total.Add(run.Counts);
        return $"{Runs.Count} runs, {Failures.Count()} failed; {total}; {Runs.Sum(run => (long)run.Steps)} steps";
    }
}

/// <summary>What came of one run.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Failure">What was wrong; null: nothing.</param>
/// <param name="TraceHash">A hash of everything that happened, in order: the same for the same seed.</param>
/// <param name="Steps">Steps of the scheduler.</param>
/// <param name="Counts">What happened in it.</param>
/// <param name="Trace">What happened, a line each; of failed runs only, unless all are kept.</param>
/// <param name="ReplayCommand">The command that runs it again.</param>
public sealed record SimulationResult(
    ulong Seed, string? Failure, ulong TraceHash, int Steps, SimulationCounts Counts, IReadOnlyList<string> Trace, string ReplayCommand);

/// <summary>How much happened in simulated runs.</summary>
public sealed class SimulationCounts
{
    /// <summary>Processes started.</summary>
    public long Starts { get; internal set; }

    /// <summary>Processes that died.</summary>
    public long Crashes { get; internal set; }

    /// <summary>Times the job was started while it still ran.</summary>
    public long Rivals { get; internal set; }

    /// <summary>Processes that found themselves replaced and ended.</summary>
    public long Fenced { get; internal set; }

    /// <summary>Stops and cancels.</summary>
    public long Stops { get; internal set; }

    /// <summary>Restarts inside a process.</summary>
    public long Restarts { get; internal set; }

    /// <summary>Errors of store, sinks and user code.</summary>
    public long Errors { get; internal set; }

    /// <summary>Checkpoints completed.</summary>
    public long Checkpoints { get; internal set; }

    /// <summary>Checkpoints begun and given up.</summary>
    public long AbortedCheckpoints { get; internal set; }

    /// <summary>Checkpoints damaged.</summary>
    public long Damaged { get; internal set; }

    /// <summary>Recoveries from an older checkpoint than the newest.</summary>
    public long FallBacks { get; internal set; }

    /// <summary>Changes of parallelism in a running job.</summary>
    public long Rescales { get; internal set; }

    /// <summary>Times that all retained checkpoints were damaged and brought back from a backup.</summary>
    public long Backups { get; internal set; }

    /// <summary>Retained checkpoints that were gone back to when a run was over.</summary>
    public long Replays { get; internal set; }

    /// <summary>Starts of another version of the job than the one that took the newest checkpoint.</summary>
    public long Upgrades { get; internal set; }

    /// <summary>Starts of a version that does not fit the newest checkpoint, which were refused.</summary>
    public long Refused { get; internal set; }

    /// <inheritdoc/>
    public override string ToString()
        => new StringBuilder()
            .Append(Starts).Append(" starts, ").Append(Crashes).Append(" crashes, ").Append(Rivals).Append(" rivals (").Append(Fenced)
            .Append(" fenced), ").Append(Stops).Append(" stops, ").Append(Rescales).Append(" rescales, ").Append(Restarts).Append(" restarts, ").Append(Errors).Append(" errors, ")
            .Append(Checkpoints).Append(" checkpoints (and ").Append(AbortedCheckpoints).Append(" aborted, ").Append(Damaged).Append(" damaged, ")
            .Append(FallBacks).Append(" fallen back from, ").Append(Backups).Append(" times all), ").Append(Upgrades).Append(" changes of version (and ").Append(Refused).Append(" refused), gone back to ").Append(Replays).Append(" checkpoints").ToString();

    internal void Add(SimulationCounts other)
    {
        Starts += other.Starts;
        Crashes += other.Crashes;
        Rivals += other.Rivals;
        Fenced += other.Fenced;
        Stops += other.Stops;
        Restarts += other.Restarts;
        Errors += other.Errors;
        Checkpoints += other.Checkpoints;
        AbortedCheckpoints += other.AbortedCheckpoints;
        Damaged += other.Damaged;
        FallBacks += other.FallBacks;
        Rescales += other.Rescales;
        Backups += other.Backups;
        Replays += other.Replays;
        Upgrades += other.Upgrades;
        Refused += other.Refused;
    }
}
