using Gristmill.Protocol;
using Microsoft.Extensions.Logging;

namespace Gristmill.Grains;

/// <summary>Has a store's content sealed on one silo and copied to another. Runs in the directory's turns.</summary>
internal sealed class ReplicaMover(
    string store, ReplicatedMemoryOptions options, ReplicaServices services, ISiloStatusOracle membership, TimeProvider time, ILogger logger)
{
    /// <summary>Epochs may have been given out that nobody who is left knows of.</summary>
    private const long EpochsSkipped = 1000;

    private IEnumerable<SiloAddress> Active => membership.GetApproximateSiloStatuses(onlyActive: true).Keys.Order();

    /// <summary>Asks every silo what it holds: the highest complete content has all that was ever acknowledged.</summary>
    /// <exception cref="ReplicasException">One does not answer: it may have a newer one.</exception>
    public async Task<(ReplicaConfiguration? Found, long Highest)> FindAsync()
    {
        ReplicaConfiguration? found = null;
        long highest = 0;
        foreach (SiloAddress silo in Active.ToList())
        {
            ReplicaStatus status = await TryAsync(silo, nameof(ReplicaStatus), other => other.StatusAsync(store))
                ?? throw new ReplicasException($"nobody knows which silos hold the store, and {silo} does not answer whether it does; it is asked again until it does or the cluster takes it for dead", isLost: false);
            highest = Math.Max(highest, status.Promised);
            if (status.ContentEpoch > (found?.Epoch ?? 0))
                found = new ReplicaConfiguration(status.ContentEpoch, silo.ToParsableString(), null);
        }

        if (found is not null)
            ClusterLog.ReplicasFound(logger, store, SiloAddress.FromParsableString(found.Primary).ToString());
        return (found, highest == 0 ? 0 : highest + EpochsSkipped);
    }

    /// <summary>Gives the reserved epoch its replicas.</summary>
    /// <exception cref="ReplicasException">It can't, now or ever.</exception>
    public async Task<(string Primary, string? Backup)> MoveAsync(ReplicationRecord reserved, IReadOnlySet<SiloAddress> leaving)
    {
        SiloAddress source = reserved.Current is null ? await BeginAsync(reserved.Reserved, leaving) : await SealAsync(reserved, leaving);
        string why = "";
        foreach (SiloAddress target in TargetsFor(source, reserved, leaving))
        {
            if (await CopyAsync(source, target, reserved.Reserved) is not { } fault)
                return (source.ToParsableString(), target.ToParsableString());
            why += $" {target}: {fault}.";
        }

        string one = $"only {source} can hold the store{(why.Length == 0 ? ", there is no other silo" : $":{why}")}";
        if (!options.AllowOneCopy)
            throw new ReplicasException($"{one}; start a second silo, or set AllowOneCopy and accept that the loss of one silo loses all checkpoints", isLost: false);
        return await CopyAsync(source, null, reserved.Reserved) is { } refused
            ? throw new ReplicasException($"{source}: {refused}", isLost: false)
            : (source.ToParsableString(), null);
    }

    /// <summary>Tells all others that they need not hold it any more; one that does not hear it finds out by itself.</summary>
    public void Retire(ReplicaSetup setup)
    {
        foreach (SiloAddress silo in Active.Where(silo => !setup.Has(silo)).ToList())
            _ = TryAsync(silo, nameof(Replica.Retire), async other =>
            {
                await other.RetireAsync(store, setup.Epoch);
                return "";
            });
    }

    /// <summary>The first replica of a store there never was.</summary>
    private async Task<SiloAddress> BeginAsync(long epoch, IReadOnlySet<SiloAddress> leaving)
    {
        List<SiloAddress> staying = [.. Active.Where(silo => !leaving.Contains(silo))];

        // Before anything is written: a store begins with two.
        if (staying.Count < 2 && !options.AllowOneCopy)
            throw new ReplicasException("the cluster has one silo only, and checkpoints are to be in the memory of two; start a second silo, or set AllowOneCopy and accept that the loss of one silo loses all checkpoints", isLost: false);
        var empty = new ContentPage(0, [PagePart.Of(ReplicatedContent.Empty.Parts().First())], IsLast: true);
        foreach (SiloAddress silo in staying)
        {
            if (await TryAsync(silo, nameof(Replica.Install), async other => new Box<ReplicaAnswer>(await other.InstallAsync(store, epoch, empty))) is { Value: ReplicaAnswer.Accepted })
                return silo;
        }

        throw new ReplicasException("no silo answers", isLost: false);
    }

    /// <summary>The source becomes the primary, so one that stays is better.</summary>
    private async Task<SiloAddress> SealAsync(ReplicationRecord reserved, IReadOnlySet<SiloAddress> leaving)
    {
        ReplicaSetup held = ReplicaSetup.Of(store, reserved.Current!);
        List<SiloAddress> holders = held.Backup is null ? [held.Primary] : [held.Primary, held.Backup];
        string why = "";
        foreach (SiloAddress silo in holders.OrderBy(leaving.Contains).ThenByDescending(silo => membership.GetApproximateSiloStatus(silo) == SiloStatus.Active))
        {
            if (IsDead(silo))
                continue;
            ReplicaStatus? status = await TryAsync(silo, nameof(Replica.Seal), other => other.SealAsync(store, reserved.Reserved));
            if (status?.Answer == ReplicaAnswer.Accepted && Reconfiguration.CanBeSource(reserved, silo.ToParsableString(), status.ContentEpoch))
                return silo;
            why += status is null ? $" {silo} does not answer." : $" {silo} holds epoch {status.ContentEpoch} and is at {status.Promised}.";
        }

        throw holders.All(IsDead)
            ? new ReplicasException(
                $"its content is lost: it was in the memory of {held}, and none of these silos is there any more. Go on from the store that Checkpoints.CopyTo named, or from a savepoint "
                + "(StartFrom) in another store; to begin with an empty store, give it another Name", isLost: true)
            : new ReplicasException($"none of the silos that hold the store can be reached:{why}", isLost: false);
    }

    /// <summary>Where the second copy may be: on silos that had none first, since one that has is likely the reason why it moves.</summary>
    private List<SiloAddress> TargetsFor(SiloAddress source, ReplicationRecord reserved, IReadOnlySet<SiloAddress> leaving)
    {
        List<SiloAddress> others = [.. Active.Where(silo => !silo.Equals(source))];

        // The next in order, so that many stores are not all copied to the first silo.
        return
        [
            .. others
                .OrderBy(leaving.Contains)
                .ThenBy(silo => reserved.Current?.Has(silo.ToParsableString()) ?? false)
                .ThenBy(silo => silo.CompareTo(source) < 0)
                .ThenBy(silo => silo),
        ];
    }

    private async Task<string?> CopyAsync(SiloAddress source, SiloAddress? target, long epoch)
    {
        // Asked first, since a silo that does not answer would hold the copy back.
        if (target is not null && await TryAsync(target, nameof(ReplicaStatus), other => other.StatusAsync(store)) is null)
            return "it does not answer";
        try
        {
            return await services.CallAsync(source, "Copy", other => other.CopyAsync(store, epoch, target), Timeout.InfiniteTimeSpan, time);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return e.Message;
        }
    }

    private bool IsDead(SiloAddress silo) => membership.GetApproximateSiloStatus(silo) is SiloStatus.Dead or SiloStatus.None;

    /// <returns>Null: it does not answer.</returns>
    private async Task<T?> TryAsync<T>(SiloAddress silo, string what, Func<IReplicaService, Task<T>> call)
        where T : class
    {
        try
        {
            return await services.CallAsync(silo, what, call, options.ReplyTimeout, time);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            ClusterLog.ReplicaSilent(logger, store, silo.ToString(), what, e.Message);
            return null;
        }
    }

    private sealed record Box<T>(T Value);
}

/// <summary>No two silos can hold a store; the message says why and what to do.</summary>
internal sealed class ReplicasException(string message, bool isLost) : Exception(message)
{
    /// <summary>Whether waiting is in vain.</summary>
    public bool IsLost { get; } = isLost;
}
