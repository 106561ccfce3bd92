namespace Gristmill.TestKit.Simulation;

/// <summary>The options of one start. Rough ones make everything small, so that everything is full, late and cut in pieces.</summary>
internal static class RunOptions
{
    public static GristmillOptions Calm(int keyGroups, SeededRandom random) => new()
    {
        KeyGroups = keyGroups,
        Parallelism = random.Between(1, 3),
        WorkerThreads = 1,
        BatchSize = 8,
        ChannelCapacity = 4,
        Checkpoints = { Interval = TimeSpan.FromMilliseconds(50) },
        Restart = { MostAttempts = 1000 },
    };

    public static GristmillOptions Draw(int keyGroups, SeededRandom random, Profile profile)
    {
        var options = new GristmillOptions
        {
            KeyGroups = keyGroups,
            Parallelism = random.Between(1, 4),
            WorkerThreads = 1,
            BatchSize = random.Between(1, 16),
            ChannelCapacity = random.Pick(2, 4, 8),
        };
        options.Checkpoints.Periodic = !random.Chance(0.1);
        options.Checkpoints.Interval = TimeSpan.FromMilliseconds(random.Pick(1, 5, 20));
        options.Checkpoints.MinimumPause = TimeSpan.FromMilliseconds(random.Pick(0, 0, 2, 20));
        options.Checkpoints.Timeout = TimeSpan.FromMilliseconds(random.Pick(20, 1000, 60_000, 60_000));
        options.Checkpoints.MaxConcurrent = random.Between(1, 3);
        options.Checkpoints.ToleratedFailures = random.Between(0, 3);
        options.Checkpoints.Retain = random.Between(2, 4);
        options.Checkpoints.Mode = profile.Mode;
        options.Checkpoints.Incremental = !random.Chance(0.2);
        options.Checkpoints.LongestChain = random.Pick(1, 3, 250);
        options.Checkpoints.FewEntries = random.Pick(0, 0, 10, 1000);

        if (profile.Mode == CheckpointMode.ExactlyOnce)
            options.Checkpoints.Unaligned = random.Pick(UnalignedCheckpoints.Never, UnalignedCheckpoints.AfterTimeout, UnalignedCheckpoints.AfterTimeout, UnalignedCheckpoints.Always);
        options.Checkpoints.AlignmentTimeout = TimeSpan.FromMilliseconds(random.Pick(1, 2, 5, 50));

        // The age protects what a process that is about to be fenced still reads. Without rivals there is none.
        options.Checkpoints.MinimumAge = TimeSpan.FromMilliseconds(profile.HasRivals ? 5000 : random.Pick(0, 10));
        options.Restart.Policy = random.Pick(RestartPolicy.FixedDelay, RestartPolicy.Exponential);
        options.Restart.Delay = TimeSpan.FromMilliseconds(random.Pick(0, 1, 50));
        options.Restart.LongestDelay = TimeSpan.FromMilliseconds(200);
        options.Restart.MostAttempts = 100_000;

        // From one start to the next a job may have memory for all of its state, for some of it, or for next to nothing.
        if (random.Chance(0.5))
            options.State.Spill = new MemorySpill { MemoryBytes = random.Pick(1, 1, 500, 5000), LeastGarbage = random.Pick(0, 0, 1000, 100_000) };
        return options;
    }

    public static string Describe(GristmillOptions options)
        => $"parallelism {options.Parallelism}, key groups {options.KeyGroups}, batch {options.BatchSize}, channel {options.ChannelCapacity}, "
            + $"checkpoints {(options.Checkpoints.Periodic ? $"every {options.Checkpoints.Interval.TotalMilliseconds} ms" : "on request")}, "
            + $"timeout {options.Checkpoints.Timeout.TotalMilliseconds} ms, unaligned {options.Checkpoints.Unaligned} {options.Checkpoints.AlignmentTimeout.TotalMilliseconds} ms, at once {options.Checkpoints.MaxConcurrent}, {(options.Checkpoints.Incremental ? $"incremental (chain {options.Checkpoints.LongestChain}, few {options.Checkpoints.FewEntries})" : "whole")}, {(options.State.Spill is MemorySpill spill ? $"memory for {spill.MemoryBytes} bytes of state" : "all state in memory")}, tolerated {options.Checkpoints.ToleratedFailures}";
}
