using Gristmill.Jobs;
using Gristmill.Runtime;
using Microsoft.Extensions.Logging;

namespace Gristmill.Embedded;

/// <summary>Runs a job in this process: worker threads for its subtasks and one thread for its coordinator.</summary>
internal sealed class EmbeddedHost(string job, int workers, TimeProvider time, ILoggerFactory loggers, HostFaults faults) : IJobHost, INodeHost, IDisposable
{
    private readonly ControlThread _control = new($"gristmill-control-{job}");
    private readonly Workers _workers = new(workers, time);

    public TimeProvider Time => time;

    public ILoggerFactory Loggers => loggers;

    public IWaker Waker => _workers;

    public HostFaults Faults => faults;

    public void Post(Action action) => _control.Post(static state => ((Action)state!)(), action);

    /// <summary>All subtasks are in this process.</summary>
    public IReadOnlyList<IHostNode> OpenNodes(GenerationSetup setup) => [new HostNode(setup, 0, setup.Run.Plan.Subtasks, this)];

    public void Start(IReadOnlyList<Subtask> subtasks) => _workers.Start(subtasks);

    public Task StopAsync() => _workers.StopAsync();

    public void Dispose() => _control.Dispose();
}
