using Gristmill.GrainInterfaces;
using Gristmill.Jobs;
using Gristmill.Runtime;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Gristmill.Grains;

/// <summary>
/// A job's coordinator: the engine's own, in this grain's turns. Grain storage keeps whether the job should run, and a
/// reminder, its subtasks and all silos wake the grain after its silo died; what is true of the job is in the checkpoint store.
/// </summary>
[Reentrant]
internal sealed partial class CheckpointCoordinatorGrain : Grain, ICheckpointCoordinatorGrain, IRemindable, IJobHost, IWaker
{
    private const string Reminder = "wake";

    /// <summary>How many requests for a checkpoint or savepoint are remembered, so that one asked for again is not taken twice.</summary>
    private const int MostRequests = 100;

    private readonly JobCatalog _catalog;
    private readonly GristmillClusterOptions _options;
    private readonly ILocalSiloDetails _silo;
    private readonly LocalJobs _local;
    private readonly JobWish _wish;
    private readonly ILogger _logger;
    private readonly SiloChoice _silos;
    private readonly ReminderKeeper _reminder;
    private readonly OrderedDictionary<Guid, Task> _requests = [];
    private readonly CancellationTokenSource _leaves = new();
    private readonly TaskScheduler _turns;
    private GenerationNodes? _nodes;
    private JobMaster? _master;
    private Task<JobOutcome>? _running;
    private Task _farewell = Task.CompletedTask;
    private JobOutcome? _outcome;

    public CheckpointCoordinatorGrain(
        JobCatalog catalog, GristmillClusterOptions options, ILocalSiloDetails silo, LocalJobs local, ISiloStatusOracle membership,
        IGrainContext context, IPersistentStateFactory states, ILoggerFactory loggers, TimeProvider time)
    {
        _catalog = catalog;
        _options = options;
        _silo = silo;
        _local = local;
        _wish = new JobWish(states.Create<CoordinatorState>(context, new StateConfiguration("coordinator", options.Storage)));
        _logger = loggers.CreateLogger("Gristmill.Cluster");
        _silos = new SiloChoice(context.GrainId.Key.ToString()!, silo.SiloAddress, membership, GrainFactory, options, time);
        _reminder = new ReminderKeeper(SetReminderAsync, RemoveReminderAsync, e => ClusterLog.ReminderFailed(_logger, Job, e.Message), time);
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

    private string Me => GrainContext.ActivationId.ToString();

    /// <summary>The newest generation this activation knows of.</summary>
    private long Newest => Math.Max(_nodes?.Generation ?? 0, _master?.Progress.Generation ?? 0);

    public async Task StartAsync(bool onlyNew)
    {
        if (_running is not null)
            return;
        _catalog.Create(Job);
        await WantAsync(state =>
        {
            if (onlyNew && state.Desired != DesiredState.Unknown)
                return false;
            (state.Desired, state.Ending, state.Savepoint, state.Error) = (DesiredState.Running, null, null, null);
            return true;
        });

        // A stop may have come since.
        if (_wish.Desired == DesiredState.Running)
            Launch();
    }

    public async Task<JobReport> StopAsync(StopMode mode)
    {
        Task<JobOutcome>? running = null;
        await WantAsync(state =>
        {
            running = _running;
            if (running is not null && mode != StopMode.AtOnce)
            {
                state.Ending = mode;
                return true;
            }

            if (state.Desired is not (DesiredState.Running or DesiredState.Unknown))
                return false;
            (state.Desired, state.Ending) = (DesiredState.Stopped, null);
            return true;
        });
        if (running is null || running != _running)
            return Describe();
        if (mode == StopMode.AtOnce)
            _master!.Cancel();
        else
            CarryOut(mode);
        await running;
        return Describe();
    }

    public Task<JobReport> GetStatusAsync() => Task.FromResult(Describe());

    public Task<long> CheckpointAsync(Guid request) => Once(request, TakeCheckpointAsync);

    public Task<StateReply> QueryAsync(StateRequest request)
        => _running is null
            ? throw new JobOperationException($"Job '{Job}' does not run, so it has no live state; ask for its last checkpoint.")
            : StateMessages.AnswerAsync(() => _master!.QueryAsync(StateMessages.Query(request)));

    public Task LookAfterAsync()
    {
        // What can't be launched here has said so, and would again.
        if (_outcome is null && _wish.Desired == DesiredState.Running)
            Launch();
        return Task.CompletedTask;
    }

    public Task<bool> WakeAsync(long generation)
    {
        // Storage in memory dies with its silo; that somebody runs is proof enough that the job was wanted.
        if (_wish.Desired is DesiredState.Running or DesiredState.Unknown)
            Launch();
        if (generation > Newest && _nodes is not null)
            StepAside(generation);

        // One that is only starting may be about to take the job over from the asker's generation. A newer one is another
        // coordinator's, and not to be ended from here.
        return Task.FromResult(_running is null
            ? _outcome?.State == JobState.Fenced
            : _nodes is null || _nodes.Generation <= generation);
    }

    public Task LeaveAsync(SiloAddress silo)
    {
        // One at a time: a second silo's move would cut the first one's checkpoint short.
        _silos.Leaves(silo);
        return _farewell = LeaveAfterAsync(_farewell, silo);
    }

    public Task<bool> ReportAsync(NodeReport report)
    {
        if (_running is not null && _nodes is { } nodes && nodes.Generation == report.Generation)
        {
            nodes.Nodes[report.Number].Take(report);
            return Task.FromResult(true);
        }

        if (report.Generation <= Newest)
            return Task.FromResult(false);

        // One that is only starting here, or another coordinator's, which may be this one's successor: what it says must not get lost.
        if (_nodes is not null)
            StepAside(report.Generation);
        throw new JobOperationException($"Job '{Job}': generation {report.Generation} is not known here yet; say it again.");
    }

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        if (_wish.Desired == DesiredState.Running)
            Launch();
        else
            _reminder.Keep(wanted: false);
        return Task.CompletedTask;
    }

    public void Post(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns);

    public void Wake()
    {
        // Nobody steps here.
    }

    public IReadOnlyList<IHostNode> OpenNodes(GenerationSetup setup)
    {
        _nodes = new GenerationNodes(setup, _options, _silos, GrainFactory, this.GetStreamProvider(_options.Streams), _logger);
        return _nodes.Nodes;
    }

    /// <summary>What was asked for by the same name before is not done again.</summary>
    private Task<T> Once<T>(Guid request, Func<Task<T>> ask)
    {
        if (_requests.TryGetValue(request, out Task? asked))
            return (Task<T>)asked;
        Task<T> done = ask();
        if (_requests.Count == MostRequests)
            _requests.RemoveAt(0);
        _requests.Add(request, done);
        return done;
    }

    private async Task<long> TakeCheckpointAsync()
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

    /// <summary>Stores what is asked for before it is done: whoever takes the job over does it then.</summary>
    private async Task WantAsync(Func<CoordinatorState, bool> change)
    {
        try
        {
            await _wish.ChangeAsync(change);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            ClusterLog.StateNotStored(_logger, Job, e.Message);
            throw new JobOperationException($"What is wanted of job '{Job}' could not be stored, and nothing was changed: {e.Message} See that the grain storage '{_options.Storage}' is there, and ask again.");
        }
    }

    private Task<IGrainReminder> SetReminderAsync() => this.RegisterOrUpdateReminder(Reminder, _options.ReminderPeriod, _options.ReminderPeriod);

    private async Task RemoveReminderAsync()
    {
        if (await this.GetReminder(Reminder) is { } reminder)
            await this.UnregisterReminder(reminder);
    }

    private JobReport Describe()
    {
        JobStatus? status = _master?.Progress.Status();
        return new JobReport
        {
            Job = Job,
            State = StateName(status),
            Generation = status?.Generation ?? 0,
            RecordsIn = status?.RecordsIn ?? 0,
            Watermark = status?.Watermark,
            Checkpoint = status?.LastCheckpoint?.Number,
            Checkpoints = status?.Checkpoints ?? 0,
            Restarts = status?.Restarts ?? 0,
            Error = _outcome?.Error?.Message ?? _wish.Now.Error,
            Silos = [.. _nodes?.Nodes.Select(node => node.Silo?.ToString() ?? "") ?? []],
            BadRecords = status?.BadRecords ?? 0,
            LateDropped = status?.LateDropped ?? 0,
            LastCheckpoint = status?.LastCheckpoint is { } last ? new CheckpointReport(last.Number, last.Duration, last.Bytes, last.MaxPause) : null,
            Interval = status?.Interval is { } interval ? new IntervalReport(interval.Length, interval.MeetsGoals, interval.Arithmetic) : null,
            Copy = _master?.Progress.Copy is { } copy
                ? new CopyReport(copy.Copied, copy.LastCheckpoint, copy.LastCopiedAt, copy.Bytes, copy.Failures, copy.LastError)
                : null,
            RestoredIn = _master?.Progress.RestoredIn ?? TimeSpan.Zero,
        };
    }

    private string StateName(JobStatus? status)
    {
        if (IsAbandoned)
            return nameof(JobState.Restarting);
        if (_running is not null)
            return (status?.State ?? JobState.Starting).ToString();
        return _outcome?.State.ToString() ?? _wish.Desired switch
        {
            DesiredState.Unknown => "NotStarted",
            DesiredState.Running => nameof(JobState.Starting),
            DesiredState other => other.ToString(),
        };
    }

    private sealed record StateConfiguration(string StateName, string StorageName) : IPersistentStateConfiguration;
}
