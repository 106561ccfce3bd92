using Gristmill.Protocol;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Storage;

namespace Gristmill.Grains;

/// <summary>
/// Says which silos hold a store, and has others hold it. One change at a time; two activations are kept apart by the storage's ETags.
/// </summary>
[Reentrant]
internal sealed class ReplicaDirectoryGrain : Grain, IReplicaDirectoryGrain
{
    private readonly IPersistentState<ReplicaDirectoryState> _stored;
    private readonly ReplicaMover _mover;
    private readonly HashSet<SiloAddress> _leaving = [];
    private readonly ILogger _logger;
    private Task<DirectoryReply>? _running;

    public ReplicaDirectoryGrain(
        GristmillClusterOptions cluster, ReplicatedMemoryOptions options, ReplicaServices services, ISiloStatusOracle membership,
        IGrainContext context, IPersistentStateFactory states, ILoggerFactory loggers, TimeProvider time)
    {
        _stored = states.Create<ReplicaDirectoryState>(context, new StateConfiguration("replicas", cluster.Storage));
        _logger = loggers.CreateLogger("Gristmill.Cluster");
        _mover = new ReplicaMover(context.GrainId.Key.ToString()!, options, services, membership, time, _logger);
    }

    private string Store => this.GetPrimaryKeyString();

    private ReplicationRecord Record => new(
        _stored.State.Reserved,
        _stored.State.Epoch == 0 ? null : new ReplicaConfiguration(_stored.State.Epoch, _stored.State.Primary!, _stored.State.Backup));

    public Task<DirectoryReply> GetAsync() => Record.Current is { } current ? Task.FromResult(Reply(current)) : JoinAsync();

    public Task<DirectoryReply> ReconfigureAsync(long epoch, SiloAddress? leaving)
    {
        if (leaving is not null)
            _leaving.Add(leaving);
        return Record.Current is { } current && current.Epoch > epoch && (leaving is null || !current.Has(leaving.ToParsableString()))
            ? Task.FromResult(Reply(current))
            : JoinAsync();
    }

    private DirectoryReply Reply(ReplicaConfiguration configuration) => new(ReplicaSetup.Of(Store, configuration), null, IsLost: false);

    private Task<DirectoryReply> JoinAsync() => _running is { IsCompleted: false } running ? running : _running = ChangeAsync();

    private async Task<DirectoryReply> ChangeAsync()
    {
        try
        {
            // Storage that has forgotten, as memory does with its silo, is told by who holds the store. What is found is not written: the
            // silo may have a partner that goes on until one of them is sealed.
            (ReplicaConfiguration? found, long highest) = Record.Current is { } known ? (known, 0) : await _mover.FindAsync();
            ReplicationRecord reserved = Reconfiguration.Reserve(Record, highest);
            await WriteAsync(reserved);
            reserved = reserved with { Current = found };
            (string primary, string? backup) = await _mover.MoveAsync(reserved, _leaving);
            ReplicationRecord chosen = Reconfiguration.Choose(reserved, primary, backup);
            await WriteAsync(chosen);
            DirectoryReply reply = Reply(chosen.Current!);
            ClusterLog.ReplicasChosen(_logger, Store, chosen.Current!.Epoch, reply.Setup!.ToString());
            if (backup is null)
                ClusterLog.OneCopy(_logger, Store, reply.Setup.Primary.ToString());
            _mover.Retire(reply.Setup);
            return reply;
        }
        catch (InconsistentStateException)
        {
            // Another activation has written, or the storage has lost what it had: what is there now counts.
            await _stored.ReadStateAsync();
            return Record.Current is { } current ? Reply(current) : new DirectoryReply(null, "the directory of the store was changed meanwhile", IsLost: false);
        }
        catch (ReplicasException e)
        {
            ClusterLog.NoReplicas(_logger, Store, e.Message);
            return new DirectoryReply(null, e.Message, e.IsLost);
        }
    }

    private async Task WriteAsync(ReplicationRecord record)
    {
        ReplicaDirectoryState before = _stored.State;
        try
        {
            _stored.State = new ReplicaDirectoryState
            {
                Reserved = record.Reserved, Epoch = record.Current?.Epoch ?? 0, Primary = record.Current?.Primary, Backup = record.Current?.Backup,
            };
            await _stored.WriteStateAsync();
        }
        catch (InconsistentStateException)
        {
            _stored.State = before;
            throw;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whether it was written is open: nothing is said before storage has told.
            _stored.State = before;
            DeactivateOnIdle();
            throw new ReplicasException($"grain storage can't keep which silos hold the store ({e.Message})", isLost: false);
        }
    }

    private sealed record StateConfiguration(string StateName, string StorageName) : IPersistentStateConfiguration;
}
