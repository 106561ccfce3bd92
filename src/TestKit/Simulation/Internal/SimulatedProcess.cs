using Gristmill.Jobs;
using Gristmill.Protocol;
using Gristmill.Runtime;
using Microsoft.Extensions.Logging;

namespace Gristmill.TestKit.Simulation;

/// <summary>
/// One process the job runs in: a job host whose every step the scheduler chooses. When it dies, all that is its own is
/// gone from one step to the next; what it has sent to store and sinks is not.
/// </summary>
internal sealed class SimulatedProcess : SynchronizationContext, IJobHost, INodeHost, IWaker
{
    private readonly World _world;
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posts = [];
    private readonly SubtaskSteps _steps;

    public SimulatedProcess(World world, int number, int version, ProtocolFaults mutants, Damage damage)
    {
        _world = world;
        Number = number;
        Version = version;
        Time = new VirtualTime(world, this);
        Loggers = new TraceLoggers(world, this, damage);
        _steps = new SubtaskSteps(world, this);
        int slice = world.Profile == Profile.Calm ? 0 : world.Random.Pick(0, 1, 3, 8);
        Faults = new HostFaults(mutants, _steps.IsChannelDelayed, slice);
    }

    public int Number { get; }

    /// <summary>The version of the job it runs.</summary>
    public int Version { get; }

    public TimeProvider Time { get; }

    public ILoggerFactory Loggers { get; }

    public IWaker Waker => this;

    public HostFaults Faults { get; }

    public SubtaskSteps Subtasks => _steps;

    public bool IsDead { get; private set; }

    public JobMaster? Master { get; set; }

    public JobOutcome? Outcome { get; set; }

    /// <summary>Whether a stop or a cancel was asked for, so that ending that way is right.</summary>
    public bool IsAskedToEnd { get; set; }

    public int PendingPosts => _posts.Count;

    public void Post(Action action) => Post(static state => ((Action)state!)(), action);

    public override void Post(SendOrPostCallback d, object? state)
    {
        _world.CheckThread();
        if (!IsDead)
            _posts.Enqueue((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("The engine never blocks.");

    public override SynchronizationContext CreateCopy() => this;

    public void Wake()
    {
        _world.CheckThread();
        _steps.WakeAll();
    }

    public IReadOnlyList<IHostNode> OpenNodes(GenerationSetup setup) => [new HostNode(setup, 0, setup.Run.Plan.Subtasks, this)];

    public void Start(IReadOnlyList<Subtask> subtasks) => _steps.Start(subtasks);

    public Task StopAsync()
    {
        _steps.Stop();
        return Task.CompletedTask;
    }

    public void Die()
    {
        IsDead = true;
        _posts.Clear();
        _steps.Stop();
    }

    /// <summary>Runs something as code of this process.</summary>
    public void Run(Action action)
    {
        SynchronizationContext? outer = Current;
        SetSynchronizationContext(this);
        try
        {
            action();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _world.Violate($"process {Number}: an error escaped: {e}");
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    /// <summary>Runs the oldest thing posted.</summary>
    public bool TryRunPost()
    {
        if (!_posts.TryDequeue(out (SendOrPostCallback Callback, object? State) post))
            return false;
        _world.Trace.Note(TraceKind.Post, Number);
        Run(() => post.Callback(post.State));
        return true;
    }
}
