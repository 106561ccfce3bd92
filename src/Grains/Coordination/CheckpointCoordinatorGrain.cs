using Gristmill.GrainInterfaces;
using Gristmill.Jobs;
using Gristmill.Runtime;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Storage;

namespace Gristmill.Grains;

/// <summary>
/// A job's coordinator: the engine's own, in this grain's turns. Grain storage keeps whether the job should run, and a
/// reminder and its subtasks wake the grain after its silo died; what is true of the job is in the checkpoint store.
/// </summary>
[Reentrant]
internal sealed class CheckpointCoordinatorGrain : Grain, ICheckpointCoordinatorGrain, IRemindable, IJobHost, IWaker
{
    private const string Reminder = "wake";
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(15);

    // By then the cluster has found out whether it is dead.
    private static readonly TimeSpan LongestSuspicion = TimeSpan.FromSeconds(15);

    private readonly JobCatalog _catalog;
    private readonly GristmillClusterOptions _options;
    private readonly ILocalSiloDetails _silo;
    private readonly IPersistentState<CoordinatorState> _state;
    private readonly ILogger _logger;
    private readonly HashSet<SiloAddress> _leaving = [];
    private readonly Dictionary<string, long> _suspects = [];
    private readonly TaskScheduler _turns;
    private IReadOnlyList<SiloAddress> _silos = [];
    private GenerationNodes? _nodes;
    private JobMaster? _master;
    private Task<JobOutcome>? _running;
    private Task _farewell = Task.CompletedTask;
    private JobOutcome? _outcome;

    public CheckpointCoordinatorGrain(
        JobCatalog catalog, GristmillClusterOptions options, ILocalSiloDetails silo, IGrainContext context,
        IPersistentStateFactory states, ILoggerFactory loggers, TimeProvider time)
    {
        _catalog = catalog;
        _options = options;
        _silo = silo;
        _state = states.Create<CoordinatorState>(context, new StateConfiguration("coordinator", options.Storage));
        _logger = loggers.CreateLogger("Gristmill.Cluster");
        _turns = TaskScheduler.Current;
        Loggers = loggers;
        Time = time;
    }

    public TimeProvider Time { get; }

    public ILoggerFactory Loggers { get; }

    public IWaker Waker => this;

    public HostFaults Faults { get; } = new();

    public bool IsCluster => true;

    private string Job => this.GetPrimaryKeyString();

    private CoordinatorState State => _state.State;

    private string Me => GrainContext.ActivationId.ToString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        ClusterLog.CoordinatorActive(_logger, Job, _silo.SiloAddress.ToString(), State.Desired.ToString());
        if (State.Desired == DesiredState.Running)
            Launch();
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_running is not { } running)
            return;

        // Where the cluster has only lost track of this activation, the next one should not wait for a farewell.
        if (reason.ReasonCode == DeactivationReasonCode.ShuttingDown && !cancellationToken.IsCancellationRequested)
            await LastCheckpointAsync();
        _master?.Abandon();
        await running;
    }

    public async Task StartAsync(bool onlyNew)
    {
        if (onlyNew && State.Desired != DesiredState.Unknown)
            return;
        if (_running is not null)
            return;
        _catalog.Create(Job);
        await WantAsync(DesiredState.Running, null);
        await this.RegisterOrUpdateReminder(Reminder, _options.ReminderPeriod, _options.ReminderPeriod);
        Launch();
    }

    public async Task<JobReport> StopAsync(StopMode mode)
    {
        if (_running is not { } running)
        {
            if (State.Desired == DesiredState.Running)
                await WantAsync(DesiredState.Stopped, null);
            return Describe();
        }

        if (mode != StopMode.Drain)
            await WantAsync(DesiredState.Stopped, null);
        switch (mode)
        {
            case StopMode.WithCheckpoint:
                _master!.Stop();
                break;
            case StopMode.AtOnce:
                _master!.Cancel();
                break;
            default:
                _master!.Drain();
                break;
        }

        await running;
        return Describe();
    }

    public Task<JobReport> GetStatusAsync() => Task.FromResult(Describe());

    public async Task<long> CheckpointAsync()
    {
        if (_running is null)
            throw new JobOperationException($"Job '{Job}' does not run, so it takes no checkpoint; start it first.");
        try
        {
            return await _master!.CheckpointAsync();
        }
        catch (InvalidOperationException e)
        {
            throw new JobOperationException(e.Message);
        }
    }

    public Task<StateReply> QueryAsync(StateRequest request)
        => _running is null
            ? throw new JobOperationException($"Job '{Job}' does not run, so it has no live state; ask for its last checkpoint.")
            : StateMessages.AnswerAsync(() => _master!.QueryAsync(StateMessages.Query(request)));

    public Task<bool> WakeAsync(long generation)
    {
        // Storage in memory dies with its silo; that somebody runs is proof enough that the job was wanted.
        if (_running is null && State.Desired is (DesiredState.Running or DesiredState.Unknown))
            Launch();

        // One that is only starting may be about to take the job over from the asker's generation.
        return Task.FromResult(_running is not null && (_nodes is null || _nodes.Generation == generation));
    }

    public Task LeaveAsync(SiloAddress silo)
    {
        // One at a time: a second silo's move would cut the first one's checkpoint short.
        _leaving.Add(silo);
        return _farewell = LeaveAfterAsync(_farewell, silo);
    }

    public Task<bool> ReportAsync(NodeReport report)
    {
        if (_nodes is not { } nodes || nodes.Generation != report.Generation || _running is null)
            return Task.FromResult(_running is not null && (_nodes is null || _nodes.Generation < report.Generation));
        nodes.Nodes[report.Number].Take(report);
        return Task.FromResult(true);
    }

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (_running is null && State.Desired == DesiredState.Running)
            Launch();
        return Task.CompletedTask;
    }

    public void Post(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns);

    public void Wake()
    {
        // Nobody steps here.
    }

    public IReadOnlyList<IHostNode> OpenNodes(GenerationSetup setup)
    {
        _nodes = new GenerationNodes(setup, _options, _silos, GrainFactory, this.GetStreamProvider(_options.Streams), Suspect);
        return _nodes.Nodes;
    }

    private async Task LeaveAfterAsync(Task before, SiloAddress silo)
    {
        await Task.WhenAny(before);
        if (_running is null || _nodes?.Nodes.Any(node => silo.Equals(node.Silo)) != true)
            return;
        ClusterLog.Leaves(_logger, Job, silo.ToString());
        long generation = _nodes.Generation;
        await LastCheckpointAsync();
        if ((await ActiveSilosAsync()).All(_leaving.Contains))
            return;
        _master!.Move($"silo {silo} is about to go");
        await GenerationAfterAsync(generation);
    }

    private void Suspect(string silo) => _suspects[silo] = Time.GetTimestamp();

    private void Launch()
    {
        if (_running is not null)
            return;
        try
        {
            _outcome = null;
            _master = new JobMaster(_catalog.Create(Job), this) { BeforeGeneration = async () => _silos = await ActiveSilosAsync() };
        }
        catch (Exception e) when (e is JobConfigurationException or JobOperationException)
        {
            ClusterLog.NotStarted(_logger, Job, e.Message);
            _outcome = new JobOutcome(JobState.Failed, WasCompleteBefore: false, e);
            return;
        }

        _running = RunAsync(_master);
    }

    private async Task<JobOutcome> RunAsync(JobMaster master)
    {
        await Task.Yield();
        JobOutcome outcome;
        try
        {
            await SignAsync();
            _silos = await ActiveSilosAsync();
            outcome = await master.RunAsync();
        }
        catch (Exception e)
        {
            outcome = new JobOutcome(JobState.Failed, WasCompleteBefore: false, e);
        }

        _outcome = outcome;
        _running = null;
        _nodes = null;
        await SettleAsync(outcome);
        return outcome;
    }

    /// <summary>What has ended for good needs no reminder; a rival's job is the rival's.</summary>
    private async Task SettleAsync(JobOutcome outcome)
    {
        try
        {
            if (outcome.State == JobState.Fenced)
                await _state.ReadStateAsync();
            DesiredState? desired = outcome.State switch
            {
                JobState.Completed => DesiredState.Completed,
                JobState.Failed => DesiredState.Failed,
                JobState.Fenced when State.Launcher == Me => DesiredState.Fenced,
                _ => null,
            };
            if (desired is { } wanted)
                await WantAsync(wanted, outcome.Error?.Message);
            if (State.Desired != DesiredState.Running && await this.GetReminder(Reminder) is { } reminder)
                await this.UnregisterReminder(reminder);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            ClusterLog.StateNotStored(_logger, Job, e.Message);
        }

        if (outcome.State == JobState.Fenced)
            DeactivateOnIdle();
    }

    /// <summary>Before the job is taken over: an older activation that is fenced by this one must not think the job lost.</summary>
    private async Task SignAsync()
    {
        try
        {
            State.Launcher = Me;
            await WantAsync(State.Desired == DesiredState.Unknown ? DesiredState.Running : State.Desired, null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            ClusterLog.StateNotStored(_logger, Job, e.Message);
        }
    }

    private async Task WantAsync(DesiredState desired, string? error)
    {
        try
        {
            await WriteAsync(desired, error);
        }
        catch (InconsistentStateException)
        {
            // Another activation has written, or the storage has lost what it had: this is what is wanted now.
            string? launcher = State.Launcher;
            await _state.ReadStateAsync();
            State.Launcher = launcher;
            await WriteAsync(desired, error);
        }
    }

    private Task WriteAsync(DesiredState desired, string? error)
    {
        State.Desired = desired;
        State.Error = error;
        State.Launcher ??= Me;
        return _state.WriteStateAsync();
    }

    private async Task LastCheckpointAsync()
    {
        try
        {
            await CheckpointAsync().WaitAsync(LongestFarewell, Time);
        }
        catch (Exception e) when (e is JobOperationException or TimeoutException)
        {
            ClusterLog.NoLastCheckpoint(_logger, Job, e.Message);
        }
    }

    private async Task GenerationAfterAsync(long before)
    {
        long started = Time.GetTimestamp();
        while (Time.GetElapsedTime(started) < LongestFarewell && _running is not null && (_nodes!.Generation == before || _master!.Progress.State != JobState.Running))
            await Task.Delay(TimeSpan.FromMilliseconds(50), Time);
    }

    private async Task<IReadOnlyList<SiloAddress>> ActiveSilosAsync()
    {
        Dictionary<SiloAddress, SiloStatus> hosts = await GrainFactory.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true);
        List<SiloAddress> active = [.. hosts.Keys.Order()];

        // A silo that has just died is called active for a while: who did not answer is left out, as long as others are left.
        List<SiloAddress> staying = [.. active.Where(silo => !_leaving.Contains(silo))];
        List<SiloAddress> answering = [.. staying.Where(silo => !IsSuspect(silo))];
        return answering.Count != 0 ? answering : staying.Count != 0 ? staying : active.Count != 0 ? active : [_silo.SiloAddress];
    }

    private bool IsSuspect(SiloAddress silo)
        => _suspects.TryGetValue(silo.ToParsableString(), out long since) && Time.GetElapsedTime(since) < LongestSuspicion;

    private JobReport Describe()
    {
        JobStatus? status = _master?.Progress.Status();
        return new JobReport
        {
            Job = Job,
            State = _running is not null ? (status?.State ?? JobState.Starting).ToString()
                : _outcome?.State.ToString() ?? (State.Desired == DesiredState.Unknown ? "NotStarted" : State.Desired.ToString()),
            Generation = status?.Generation ?? 0,
            RecordsIn = status?.RecordsIn ?? 0,
            Watermark = status?.Watermark,
            Checkpoint = status?.LastCheckpoint?.Number,
            Checkpoints = status?.Checkpoints ?? 0,
            Restarts = status?.Restarts ?? 0,
            Error = _outcome?.Error?.Message ?? State.Error,
            Silos = [.. _nodes?.Nodes.Select(node => node.Silo?.ToString() ?? "") ?? []],
        };
    }

    private sealed record StateConfiguration(string StateName, string StorageName) : IPersistentStateConfiguration;
}
