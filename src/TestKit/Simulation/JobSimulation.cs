using System.Collections.Concurrent;

namespace Gristmill.TestKit.Simulation;

/// <summary>
/// Crash-tests a job. It runs many times in a simulated world with one thread, its own clock, and a store, sinks and
/// processes that fail, each run as its seed says; the output must be that of a run in which nothing fails:
/// <code>
/// JobSimulation.Run(
///     (job, sim) => job
///         .From("orders", sim.Source(orders))
///         .KeyBy(order => order.Customer)
///         .Process("totals", () => new Totals())
///         .To("report", sim.Sink&lt;Total>("report"))).ThrowIfFailed();
/// </code>
/// </summary>
public static class JobSimulation
{
    /// <summary>Simulates a job.</summary>
    /// <param name="build">Builds the job, at each start, with the sources and sinks it is given.</param>
    /// <param name="configure">Sets how many runs, from which seed, with which faults.</param>
    public static SimulationReport Run(Action<JobBuilder, SimulationContext> build, Action<SimulationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(build);
        var options = new SimulationOptions();
        configure?.Invoke(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Seeds, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Variants, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Versions, 1);
        var oracles = new Lazy<RunResult>[options.Variants];
        for (int variant = 0; variant < oracles.Length; variant++)
        {
            int own = variant;
            oracles[variant] = new Lazy<RunResult>(() => Simulation.Run.Oracle(ScenarioOf(build, options, own)));
        }

        var runs = new ConcurrentBag<SimulationResult>();
        int failures = 0;
        Parallel.For(0, options.Seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (index, loop) =>
        {
            ulong seed = options.FirstSeed + (ulong)index;
            int variant = (int)(seed % (ulong)options.Variants);
            SimulationResult result = RunOne(seed, ScenarioOf(build, options, variant), options, oracles[variant].Value);
            runs.Add(result);
            if (result.Failure is not null && Interlocked.Increment(ref failures) >= options.StopAfterFailures)
                loop.Break();
        });
        return new SimulationReport([.. runs.OrderBy(run => run.Seed)]);
    }

    private static Scenario ScenarioOf(Action<JobBuilder, SimulationContext> build, SimulationOptions options, int variant)
        => new(build, variant, MayRepeat: options.Faults.HasFlag(SimulationFaults.Damage) || options.Mode == CheckpointMode.AtLeastOnce, options.Mode)
        {
            Versions = options.Versions,
            GoesOnFrom = options.GoesOnFrom,
        };

    private static SimulationResult RunOne(ulong seed, Scenario scenario, SimulationOptions options, RunResult oracle)
    {
        if (oracle.Violation is not null)
            return new SimulationResult(seed, $"already without faults: {oracle.Violation}", oracle.Hash, oracle.Steps, oracle.Counts, [], options.ReplayCommand(seed));
        RunResult run = Simulation.Run.Of(seed, scenario, options.Faults, oracle, options.Mutants, options.KeepTraces);
        if (run.Violation is not null && !options.KeepTraces)
        {
            // The same run again, this time with its trace.
            ulong hash = run.Hash;
            run = Simulation.Run.Of(seed, scenario, options.Faults, oracle, options.Mutants, keepsTrace: true);
            if (run.Hash != hash)
                run = run with { Violation = $"the run is not the same twice: does the job depend on chance, time or threads? {run.Violation}" };
        }

        return new SimulationResult(seed, run.Violation, run.Hash, run.Steps, run.Counts, [.. run.Trace], options.ReplayCommand(seed));
    }
}
