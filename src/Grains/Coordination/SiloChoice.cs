using Gristmill.GrainInterfaces;

namespace Gristmill.Grains;

/// <summary>
/// Which silos a job's subtasks are placed on: by what this silo knows of the membership, which asks no database, without
/// those that are about to go, have not answered or know the job otherwise. Runs in the coordinator's turns.
/// </summary>
internal sealed class SiloChoice(
    string job, SiloAddress self, ISiloStatusOracle membership, IGrainFactory grains, GristmillClusterOptions options, TimeProvider time) : IDisposable
{
    private readonly HashSet<SiloAddress> _leaving = [];
    private readonly HashSet<SiloAddress> _suspects = [];
    private readonly HashSet<SiloAddress> _misfits = [];
    private readonly CancellationTokenSource _closed = new();
    private IReadOnlyList<System.Net.IPEndPoint> _places = [];

    public IReadOnlyCollection<SiloAddress> Leaving => _leaving;

    /// <summary>The silos there are besides this one and those about to go, those that fit first.</summary>
    public IReadOnlyList<SiloAddress> Others => [.. Active.Where(silo => !silo.Equals(self) && !_leaving.Contains(silo)).OrderBy(silo => _suspects.Contains(silo))];

    private IEnumerable<SiloAddress> Active => membership.GetApproximateSiloStatuses(onlyActive: true).Keys.Order();

    /// <summary>The silos of the next generation, in order; never none.</summary>
    public IReadOnlyList<SiloAddress> Choose()
    {
        List<SiloAddress> fitting = [.. Active.Where(silo => !_misfits.Contains(silo))];
        List<SiloAddress> staying = [.. fitting.Where(silo => !_leaving.Contains(silo))];
        List<SiloAddress> answering = [.. staying.Where(silo => !_suspects.Contains(silo))];
        return answering.Count != 0 ? answering : staying.Count != 0 ? staying : fitting.Count != 0 ? fitting : [self];
    }

    /// <summary>
    /// Deals subtasks out evenly by their index, since those of one index are neighbours in a chain of tasks. Silos that stay,
    /// or come back at the same address, keep what they had as far as that is even: copies of their state lie on their disks.
    /// </summary>
    /// <returns>The silo of each index.</returns>
    public IReadOnlyList<SiloAddress> Place(int indexes)
    {
        IReadOnlyList<SiloAddress> silos = Choose();
        var placed = new SiloAddress?[indexes];
        var loads = new int[silos.Count];
        int least = indexes / silos.Count;
        int more = indexes % silos.Count;
        for (int index = 0; index < Math.Min(indexes, _places.Count); index++)
        {
            for (int silo = 0; silo < silos.Count; silo++)
            {
                if (silos[silo].Endpoint.Equals(_places[index]))
                    TryPut(index, silo);
            }
        }

        for (int index = 0; index < indexes; index++)
        {
            for (int tried = 0; placed[index] is null; tried++)
                TryPut(index, (index + tried) % silos.Count);
        }

        _places = [.. placed.Select(silo => silo!.Endpoint)];
        return placed!;

        void TryPut(int index, int silo)
        {
            if (loads[silo] > least || (loads[silo] == least && more == 0))
                return;
            if (loads[silo]++ == least)
                more--;
            placed[index] = silos[silo];
        }
    }

    public bool IsActive(SiloAddress silo) => membership.GetApproximateSiloStatus(silo) == SiloStatus.Active;

    /// <summary>Whether it is gone, as far as is known, or about to go.</summary>
    public bool IsLost(SiloAddress silo) => !IsActive(silo) || _suspects.Contains(silo) || _leaving.Contains(silo);

    /// <summary>It is left out from now on.</summary>
    public void Leaves(SiloAddress silo) => _leaving.Add(silo);

    /// <summary>It knows the job otherwise, which is so until it is started anew, as another member.</summary>
    public void IsMisfit(SiloAddress silo) => _misfits.Add(silo);

    /// <summary>It has not answered: it is left out until it does, or is no member any more.</summary>
    public async void Suspect(SiloAddress silo)
    {
        if (!_suspects.Add(silo))
            return;
        try
        {
            while (IsActive(silo) && !await AnswersAsync(silo))
                await Task.Delay(options.PingInterval, time, _closed.Token);
            _suspects.Remove(silo);
        }
        catch (OperationCanceledException)
        {
            // Nobody is placed from here any more.
        }
    }

    public void Dispose() => _closed.Cancel();

    private async Task<bool> AnswersAsync(SiloAddress silo)
    {
        try
        {
            // No generation has this number: whoever answers is only asked where it is.
            var key = new SubtaskKey(job, 0, 0, silo.ToParsableString());
            SubtaskPulse pulse = await grains.GetGrain<IOperatorGrain>(key.ToString()).PingAsync().WaitAsync(options.PingTimeout, time, _closed.Token);
            return silo.Equals(pulse.Silo);
        }
        catch (ObjectDisposedException)
        {
            // It is this silo that is gone.
            return true;
        }
        catch (Exception)
        {
            // Once nobody is placed from here any more, the answer does not matter.
            return _closed.IsCancellationRequested;
        }
    }
}
