using Gristmill.Runtime;
using Microsoft.Extensions.Logging;

namespace Gristmill.Jobs;

/// <summary>What the engine asks of any host: time, a log, and a place where code that is not a subtask's step runs one piece at a time.</summary>
internal interface IEngineHost
{
    TimeProvider Time { get; }

    ILoggerFactory Loggers { get; }

    IWaker Waker { get; }

    /// <summary>Mutants planted by a test, and what only the simulation does.</summary>
    HostFaults Faults { get; }

    /// <summary>Runs something where the host's code runs, soon. Any thread may call it.</summary>
    void Post(Action action);
}

/// <summary>What a job's coordinator asks of its host besides: the nodes that run the subtasks.</summary>
internal interface IJobHost : IEngineHost
{
    /// <summary>Whether nodes are other processes, which can die by themselves.</summary>
    bool IsCluster => false;

    /// <summary>The nodes of a generation; between them they run all its subtasks.</summary>
    IReadOnlyList<IHostNode> OpenNodes(GenerationSetup setup);
}

/// <summary>What a node asks of its host besides: threads, grain turns or a seeded scheduler that step subtasks.</summary>
internal interface INodeHost : IEngineHost
{
    /// <summary>Begins to step these subtasks.</summary>
    void Start(IReadOnlyList<Subtask> subtasks);

    /// <summary>Stops stepping; completes when no thread is in a step any more.</summary>
    Task StopAsync();
}

/// <param name="Protocol">Mutants planted by a test.</param>
/// <param name="IsChannelDelayed">Whether a channel hides what is in it for now.</param>
/// <param name="SliceEntries">How many table slots a slice of a snapshot visits; 0: as many as in production.</param>
internal sealed record HostFaults(Protocol.ProtocolFaults Protocol = Protocol.ProtocolFaults.None, Func<bool>? IsChannelDelayed = null, int SliceEntries = 0);
