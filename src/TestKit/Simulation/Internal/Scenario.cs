namespace Gristmill.TestKit.Simulation;

/// <summary>The job under test, and what is the same in every run of it.</summary>
internal sealed record Scenario(Action<JobBuilder, SimulationContext> Build, int Variant, bool MayRepeat, CheckpointMode Mode)
{
    public int Versions { get; init; } = 1;

    /// <summary>The version of the first start.</summary>
    public int FirstVersion { get; init; }

    /// <summary>What the sinks have before the first start; null: nothing.</summary>
    public OutputBefore? Before { get; init; }

    /// <summary>Whether a version must be able to go on from a checkpoint of another, given first.</summary>
    public Func<int, int, bool> GoesOnFrom { get; init; } = (written, started) => written <= started;
}
