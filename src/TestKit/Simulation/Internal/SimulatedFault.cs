using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Simulation;

/// <summary>An error the simulation made up, in user code or a sink.</summary>
internal sealed class SimulatedFault(string message) : Exception(message);

/// <summary>An error the simulation made up, in the store.</summary>
internal sealed class SimulatedStoreFault(string message) : CheckpointStoreException(message);
