using Gristmill.Checkpoints;
using Gristmill.GrainInterfaces;
using Gristmill.Queries;
using Orleans.Runtime.Messaging;

namespace Gristmill.Client.Internal;

/// <summary>The client over grain calls.</summary>
internal sealed class GrainClient(IGrainFactory grains) : IGristmillClient
{
    public Task StartAsync(string job, CancellationToken cancellationToken)
        => AskAsync("start", job, async grain =>
        {
            await grain.StartAsync();
            return true;
        }, cancellationToken);

    public Task<JobReport> StopAsync(string job, StopMode mode, CancellationToken cancellationToken)
        => AskUntilAnsweredAsync("stop", job, grain => grain.StopAsync(mode), cancellationToken);

    public Task<JobReport> GetStatusAsync(string job, CancellationToken cancellationToken)
        => AskAsync("status", job, grain => grain.GetStatusAsync(), cancellationToken);

    public Task<IReadOnlyList<JobReport>> ListAsync(CancellationToken cancellationToken)
        => AskAsync("list of jobs", () => Grain(() => grains.GetGrain<IJobDirectoryGrain>(0)).ListAsync(), cancellationToken);

    public Task<long> CheckpointAsync(string job, CancellationToken cancellationToken)
    {
        var request = Guid.NewGuid();
        return AskUntilAnsweredAsync("checkpoint", job, grain => grain.CheckpointAsync(request), cancellationToken);
    }

    public async Task<ManifestReference> SavepointAsync(string job, string name, CancellationToken cancellationToken)
    {
        var request = Guid.NewGuid();
        return Reference(await AskUntilAnsweredAsync("savepoint", job, grain => grain.SavepointAsync(name, request), cancellationToken));
    }

    public async Task<ManifestReference> StopAsync(string job, string savepoint, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(savepoint);
        return Reference(await AskUntilAnsweredAsync("stop with savepoint", job, grain => grain.StopAsync(savepoint), cancellationToken));
    }

    public async Task<ManifestReference> RollbackAsync(string job, long checkpoint, CancellationToken cancellationToken)
        => Reference(await AskAsync("rollback", job, grain => grain.RollbackAsync(checkpoint), cancellationToken));

    public async Task<StateResult<TValue>> QueryStateAsync<TKey, TValue>(
        string job, StateAddress state, TKey key, StateView view, CancellationToken cancellationToken)
    {
        StateRequest request = StateMessages.Request(StateQuery.Of(state, key, view));
        StateReply reply = await AskAsync("state", job, grain => grain.QueryAsync(request), cancellationToken);
        return StateMessages.Answer(reply).Decode<TValue>(state);
    }

    private static ManifestReference Reference(ManifestName name) => new(name.Checkpoint, name.Generation, name.Name, name.Hash);

    /// <summary>
    /// For what waits for a checkpoint, which may take longer than a call. As long as the cluster answers it is asked again;
    /// to be asked twice is as good as once.
    /// </summary>
    private async Task<T> AskUntilAnsweredAsync<T>(string what, string job, Func<IJobGrain, Task<T>> call, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await AskAsync(what, job, call, cancellationToken);
            }
            catch (ClusterUnreachableException e) when (e.InnerException is TimeoutException)
            {
                await GetStatusAsync(job, cancellationToken);
            }
        }
    }

    private Task<T> AskAsync<T>(string what, string job, Func<IJobGrain, Task<T>> call, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(job);
        return AskAsync($"{what} of job '{job}'", () => call(Grain(() => grains.GetGrain<IJobGrain>(job))), cancellationToken);
    }

    private static async Task<T> AskAsync<T>(string asked, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await call().WaitAsync(cancellationToken);
        }
        catch (Exception e) when (IsUnreachable(e))
        {
            throw new ClusterUnreachableException(asked, e);
        }
    }

    private static TGrain Grain<TGrain>(Func<TGrain> get)
    {
        try
        {
            return get();
        }
        catch (ArgumentException e)
        {
            // What grains there are is told by the first silo a client reaches.
            throw new ConnectionFailedException($"No silo has told this client of {typeof(TGrain).Name}: it is not connected, or the silos are without Gristmill.", e);
        }
    }

    /// <summary>Whether nobody answered, in contrast to an answer that is an error.</summary>
    private static bool IsUnreachable(Exception e) => e is TimeoutException
        or ConnectionFailedException or SiloUnavailableException or OrleansMessageRejectionException or ClientNotAvailableException
        or GatewayTooBusyException or ObjectDisposedException;
}
