using Gristmill.Checkpoints;
using Gristmill.Jobs;
using Gristmill.Protocol;

namespace Gristmill.TestKit.Simulation;

/// <summary>The processes of a run: the job is started in one after the other, and at times in two at once.</summary>
internal sealed class Processes(
    World world, Scenario scenario, ICheckpointStore store, IReadOnlyDictionary<string, OutsideTable>? expected, ProtocolFaults mutants, Processes? before = null)
{
    public const string JobName = "simulated";
    private const int MostRequests = 8;
    private readonly List<SimulatedProcess> _alive = [];
    private readonly Dictionary<string, OutsideTable> _tables = new(StringComparer.Ordinal);
    private readonly int _keyGroups = before?._keyGroups ?? (world.Profile == Profile.Calm ? 8 : world.Random.Between(4, 16));
    private int _started;

    public IReadOnlyList<SimulatedProcess> Alive => _alive;

    /// <summary>The newest one.</summary>
    public SimulatedProcess? Current => _alive.Count == 0 ? null : _alive[^1];

    public IReadOnlyDictionary<string, OutsideTable> Tables => _tables;

    /// <summary>What the tables must have at the end; null: nobody knows.</summary>
    public IReadOnlyDictionary<string, OutsideTable>? Expected => expected;

    /// <summary>Shared with the processes whose run is gone on from.</summary>
    public Versions Versions { get; } = new(world, scenario, store, JobName, before?.Versions);

    public Damage Damage { get; } = new(world, store, JobName);

    /// <summary>Whether the job was taken over without a start.</summary>
    public bool MayBeFenced { get; set; }

    /// <summary>Whether a process said that all is done.</summary>
    public bool IsComplete { get; private set; }

    public SimulatedProcess Start()
    {
        var process = new SimulatedProcess(world, ++_started, Versions.Draw(), mutants, Damage);
        process.Run(() =>
        {
            GristmillOptions options = world.Profile == Profile.Calm || !world.FaultsOn
                ? RunOptions.Calm(_keyGroups, world.Random)
                : RunOptions.Draw(_keyGroups, world.Random, world.Profile);
            var context = new SimulationContext(world, process, scenario, options.Upgrade, _tables, expected);
            options.Checkpoints.Store = new FaultyCheckpointStore(world, process, store, Versions, Damage);
            process.Master = new JobMaster(JobDefinition.Create(JobName, job => scenario.Build(job, context), options), process);
            world.Say($"p{process.Number} starts version {process.Version}: {RunOptions.Describe(options)}");
        });
        if (process.Master is null)
            return process;
        _alive.Add(process);
        world.Counts.Starts++;
        AskForCheckpoints(process);
        AskForRescales(process);
        process.Post(async () => Ended(process, await process.Master.RunAsync()));
        return process;
    }

    public void Kill(SimulatedProcess process)
    {
        if (!_alive.Remove(process))
            return;
        world.Say($"p{process.Number} dies");
        world.Counts.Crashes++;
        Note(process);
        process.Die();
        if (world.FaultsOn && world.Random.Chance(0.3))
            StoreContents.Put(store, $"{JobName}/checkpoint-{world.Random.Between(1, 9):D6}/torn-by-p{process.Number}", [1, 2, 3]);
    }

    /// <summary>Users do, at any time; for a job without a schedule it is the only way to have some.</summary>
    private void AskForCheckpoints(SimulatedProcess process)
    {
        if (!world.FaultsOn)
            return;
        int times = world.Random.Pick(0, 0, 1, 5);
        for (int i = 0; i < times; i++)
            world.After(TimeSpan.FromMilliseconds(world.Random.Next(200)), process, "request for a checkpoint", () => AskForCheckpoint(process.Master!));
    }

    private static async void AskForCheckpoint(JobMaster master)
    {
        try
        {
            await master.CheckpointAsync();
        }
        catch (InvalidOperationException)
        {
            // The job ended first, or the checkpoint failed.
        }
    }

    /// <summary>At any time as well: in the middle of a restart, of a stop, of another change.</summary>
    private void AskForRescales(SimulatedProcess process)
    {
        if (!world.FaultsOn || !world.Profile.HasRescales)
            return;
        int times = world.Random.Pick(0, 1, 2, 5);
        for (int i = 0; i < times; i++)
            AskForRescaleLater(process, MostRequests);
    }

    /// <summary>Who is refused asks again, a while later.</summary>
    private void AskForRescaleLater(SimulatedProcess process, int times)
    {
        if (times > 0 && world.FaultsOn)
            world.After(TimeSpan.FromMilliseconds(world.Random.Next(world.Random.Pick(2, 10, 100))), process, "request for another parallelism", () => AskForRescale(process, times - 1));
    }

    private async void AskForRescale(SimulatedProcess process, int timesMore)
    {
        using var givesUp = new CancellationTokenSource();
        WorldEvent? secondThoughts = null;
        if (world.Random.Chance(0.1))
            secondThoughts = world.After(TimeSpan.FromMilliseconds(world.Random.Next(50)), process, "second thoughts about it", givesUp.Cancel);
        try
        {
            RescaleResult result = await process.Master!.RescaleAsync(null, world.Random.Between(1, 4), givesUp.Token);
            world.Counts.Rescales++;
            world.Say($"p{process.Number} has changed from {result.From} to {result.To}");
        }
        catch (Exception e) when (e is InvalidOperationException or OperationCanceledException)
        {
            // The job ended or failed first, or the change did.
            AskForRescaleLater(process, timesMore);
        }
        finally
        {
            secondThoughts?.Cancel();
        }
    }

    private void Note(SimulatedProcess process)
    {
        JobStatus status = process.Master!.Progress.Status();
        world.Counts.Checkpoints += status.Checkpoints;
        world.Counts.AbortedCheckpoints += process.Master.Progress.AbortedCount;
        world.Counts.Restarts += status.Restarts;
    }

    private void Ended(SimulatedProcess process, JobOutcome outcome)
    {
        world.Say($"p{process.Number} has ended: {outcome.State} {outcome.Error?.Message}");
        process.Outcome = outcome;
        Note(process);
        _alive.Remove(process);
        process.Die();
        switch (outcome.State)
        {
            case JobState.Completed:
                IsComplete = true;
                break;
            case JobState.Fenced:
                world.Counts.Fenced++;
                if (_started == 1 && !MayBeFenced)
                    world.Violate($"process {process.Number} says it is fenced, but no other was ever started");
                break;
            case JobState.Stopped or JobState.Cancelled when process.IsAskedToEnd:
                break;
            case JobState.Failed when outcome.Error is JobConfigurationException && Versions.MayRefuse(process):
                world.Counts.Refused++;
                break;
            case JobState.Failed when outcome.Error is JobFailedException { InnerException: null } && Damage.IsAny:
                if (!Damage.BringBack(process))
                    world.Violate($"process {process.Number} has found nothing to restore, but there is a sound checkpoint: {outcome.Error}");
                break;
            default:
                world.Violate($"process {process.Number} ended as {outcome.State}: {outcome.Error}");
                break;
        }
    }
}
