using Gristmill.GrainInterfaces;
using Gristmill.Jobs;
using Gristmill.Queries;
using Orleans.Concurrency;

namespace Gristmill.Grains;

/// <summary>The way in to a job.</summary>
[Reentrant]
internal sealed class JobGrain(JobCatalog catalog, TimeProvider time) : Grain, IJobGrain
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(100);

    private ICheckpointCoordinatorGrain Coordinator
    {
        get
        {
            string job = this.GetPrimaryKeyString();
            return catalog.Names.Contains(job, StringComparer.Ordinal)
                ? GrainFactory.GetGrain<ICheckpointCoordinatorGrain>(job)
                : throw new UnknownJobException(job, catalog.Names);
        }
    }

    public Task StartAsync() => Coordinator.StartAsync(onlyNew: false);

    public async Task<JobReport> StopAsync(StopMode mode)
    {
        while (true)
        {
            JobReport report = await Coordinator.StopAsync(mode);
            if (report.State is not (nameof(JobState.Starting) or nameof(JobState.Running) or nameof(JobState.Restarting)))
                return report;

            // The coordinator has moved meanwhile, and goes on with the stop where it is now.
            await Task.Delay(AskAgain, time);
        }
    }

    public Task<JobReport> GetStatusAsync() => Coordinator.GetStatusAsync();

    public Task<long> CheckpointAsync() => CheckpointAsync(Guid.NewGuid());

    public Task<long> CheckpointAsync(Guid request) => Coordinator.CheckpointAsync(request);

    public Task<ManifestName> SavepointAsync(string name, Guid request) => Coordinator.SavepointAsync(name, request);

    public async Task<ManifestName> StopAsync(string savepoint)
    {
        while (true)
        {
            if (await Coordinator.StopAsync(savepoint) is { } written)
                return written;
            await Task.Delay(AskAgain, time);
        }
    }

    public Task<ManifestName> RollbackAsync(long checkpoint) => Coordinator.RollbackAsync(checkpoint);

    public async Task<StateReply> QueryAsync(StateRequest request)
    {
        if (!request.LastCheckpoint)
            return await Coordinator.QueryAsync(request);

        // The store knows, whether or not the job runs.
        JobDefinition job = catalog.Create(this.GetPrimaryKeyString());
        return await StateMessages.AnswerAsync(() => CheckpointedStates.QueryAsync(job.Store, job.Decoding, job.Name, StateMessages.Query(request), CancellationToken.None));
    }
}

/// <summary>The list of jobs.</summary>
[StatelessWorker]
internal sealed class JobDirectoryGrain(JobCatalog catalog) : Grain, IJobDirectoryGrain
{
    public async Task<IReadOnlyList<JobReport>> ListAsync()
        => await Task.WhenAll(catalog.Names.Select(job => GrainFactory.GetGrain<ICheckpointCoordinatorGrain>(job).GetStatusAsync()));
}
