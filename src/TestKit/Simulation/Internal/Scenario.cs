namespace Gristmill.TestKit.Simulation;

/// <summary>The job under test, and what is the same in every run of it.</summary>
internal sealed record Scenario(Action<JobBuilder, SimulationContext> Build, int Variant, bool MayRepeat, CheckpointMode Mode);
