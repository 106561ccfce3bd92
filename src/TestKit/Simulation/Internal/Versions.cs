using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Simulation;

/// <summary>Which version of the job starts, and which one took which checkpoint.</summary>
internal sealed class Versions(World world, Scenario scenario, ICheckpointStore store, string job, Versions? before)
{
    private readonly Dictionary<string, int> _ofManifests = before?._ofManifests ?? new(StringComparer.Ordinal);
    private int _last = scenario.FirstVersion;
    private bool _wasRefused;

    /// <summary>The version of the next start: mostly the last one's; after a refusal one that must not be refused.</summary>
    public int Draw()
    {
        if (scenario.Versions == 1)
            return 0;
        int? written = Newest() is { } newest ? OfManifest(newest.Manifest) : null;
        if (_wasRefused || world.Profile == Profile.Calm || !world.FaultsOn)
            _last = written is { } least ? world.Random.Between(least, scenario.Versions - 1) : _last;
        else if (world.Random.Chance(0.8))
            _last = world.Random.Next(scenario.Versions);
        _wasRefused = false;
        if (written is { } other && other != _last)
            world.Counts.Upgrades++;
        return _last;
    }

    /// <summary>A process has moved the head.</summary>
    public void Note(SimulatedProcess process, HeadContent head)
    {
        if (head.Newest is { } newest)
            _ofManifests.TryAdd(newest.Manifest, process.Version);
    }

    /// <summary>The job was taken back.</summary>
    public void Note(ManifestReference rolled, ManifestReference to) => _ofManifests[rolled.Manifest] = OfManifest(to.Manifest);

    /// <summary>Whether a process may have been refused because of the job's version.</summary>
    public bool MayRefuse(SimulatedProcess process)
    {
        _wasRefused = true;
        return Head()?.Committed().Any(manifest => !scenario.GoesOnFrom(OfManifest(manifest.Manifest), process.Version)) == true;
    }

    public int OfManifest(string manifest) => _ofManifests.GetValueOrDefault(manifest);

    private ManifestReference? Newest() => Head()?.Newest;

    private HeadContent? Head() => StoreContents.Head(store, job);
}
