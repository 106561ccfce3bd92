using Gristmill.Protocol;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;

namespace Gristmill.Grains;

/// <summary>This silo's replicas, in its turns.</summary>
internal sealed class ReplicaService : GrainService, IReplicaService
{
    private readonly Dictionary<string, ReplicaHolder> _holders = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly ReplicaWatch _watch;
    private readonly Func<string, ReplicaHolder> _create;

    public ReplicaService(
        GrainId id, Silo silo, ILoggerFactory loggers, ReplicatedMemoryOptions options, ReplicaServices services, ReplicaWatch watch, TimeProvider time)
        : base(id, silo, loggers)
    {
        _watch = watch;
        _create = name => new ReplicaHolder(name, options, services, time);
    }

    public override async Task Start()
    {
        await base.Start();
        _watch.Run(() => _holders.Values.ToList(), _stopping.Token);
    }

    public override async Task Stop()
    {
        await _stopping.CancelAsync();
        await base.Stop();
    }

    public Task<CommandReply> SubmitAsync(ReplicaSetup setup, ReplicaCommand command) => Of(setup.Store).SubmitAsync(setup, command);

    public Task<ReplicaFinding> ReadAsync(ReplicaSetup setup, ReplicaQuestion question) => Of(setup.Store).ReadAsync(setup, question);

    public Task<ReplicaAnswer> ReplicateAsync(string store, long epoch, long number, ReplicaCommand command)
        => Task.FromResult(Of(store).Replicate(epoch, number, command));

    public Task<ReplicaAnswer> ConfirmAsync(string store, long epoch) => Task.FromResult(Of(store).Confirm(epoch));

    public Task<ReplicaStatus> SealAsync(string store, long epoch) => Task.FromResult(Of(store).Seal(epoch));

    public Task<string?> CopyAsync(string store, long epoch, SiloAddress? target) => Of(store).CopyAsync(epoch, target);

    public Task<ReplicaAnswer> InstallAsync(string store, long epoch, ContentPage page) => Task.FromResult(Of(store).Install(epoch, page));

    public Task<ReplicaStatus> StatusAsync(string store) => Task.FromResult(Of(store).Status);

    public Task RetireAsync(string store, long epoch)
    {
        Of(store).Retire(epoch);
        return Task.CompletedTask;
    }

    private ReplicaHolder Of(string store)
    {
        if (!_holders.TryGetValue(store, out ReplicaHolder? holder))
            _holders[store] = holder = _create(store);
        return holder;
    }
}

/// <summary>The replicas of all silos.</summary>
internal sealed class ReplicaServices(IServiceProvider services) : GrainServiceClient<IReplicaService>(services)
{
    /// <summary>For tests: what happens to a call before it is made.</summary>
    public Func<SiloAddress, string, Task>? Calling { get; set; }

    /// <summary>For tests: what happens to an answer.</summary>
    public Func<SiloAddress, string, Task>? Answering { get; set; }

    /// <summary>Calls a silo.</summary>
    /// <exception cref="TimeoutException">It has not answered in time.</exception>
    public async Task<T> CallAsync<T>(SiloAddress silo, string what, Func<IReplicaService, Task<T>> call, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken = default)
    {
        if (Calling is { } calling)
            await calling(silo, what).WaitAsync(timeout, time, cancellationToken);
        T answer = await call(GetGrainService(silo)).WaitAsync(timeout, time, cancellationToken);
        if (Answering is { } answering)
            await answering(silo, what).WaitAsync(timeout, time, cancellationToken);
        return answer;
    }
}
