using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;

namespace Gristmill.TestKit.Simulation;

/// <summary>
/// Damages committed checkpoints and knows what was there: so it knows which can be restored, without asking the code
/// under test, and can bring back all of it.
/// </summary>
internal sealed class Damage(World world, ICheckpointStore store, string job)
{
    private readonly Dictionary<string, byte[]> _originals = new(StringComparer.Ordinal);

    /// <summary>Whether there is any: errors of the store may come from it.</summary>
    public bool IsAny => _originals.Count != 0;

    /// <summary>
    /// A bit turns over in a file the head needs, or it is cut short or gone: one of the newest checkpoint's own, one that it
    /// shares with others, or any. Then all processes die, or go on, taking changes of what is damaged.
    /// </summary>
    public void DamageOne(HeadContent head)
    {
        if (head.Newest is null)
            return;
        List<string> newest = FilesOf(head.Newest), older = [.. head.Retained.SelectMany(FilesOf)];
        List<string> shared = [.. newest.Intersect(older, StringComparer.Ordinal)];
        List<string> own = [.. newest.Except(older, StringComparer.Ordinal)];
        List<string> files = world.Random.Pick(own, own, shared, shared, [.. newest, .. older]);
        if (files.Count == 0)
            files = own;
        string victim = files[world.Random.Next(files.Count)];
        if (StoreContents.Read(store, victim) is not { Length: > 0 } content)
            return;
        _originals.TryAdd(victim, [.. content]);
        StoreContents.Delete(store, victim);
        switch (world.Random.Next(3))
        {
            case 0:
                content[world.Random.Next(content.Length)] ^= 0x10;
                StoreContents.Put(store, victim, content);
                break;
            case 1:
                StoreContents.Put(store, victim, content[..world.Random.Next(content.Length)]);
                break;
        }

        world.AllMustDie = world.Random.Chance(0.5);
        world.Counts.Damaged++;
        world.Say($"{victim} is damaged{(shared.Contains(victim) ? ", which several checkpoints share" : "")}; {(world.AllMustDie ? "all processes die" : "nobody notices")}");
    }

    /// <summary>Whether nothing a checkpoint needs was damaged. What is gone for another reason should be there.</summary>
    public bool IsSound(ManifestReference manifest)
        => IsSame(manifest.Manifest, 0, long.MaxValue) && BlocksOf(manifest).All(block => IsSame(block.File, block.Offset, block.Length));

    /// <summary>
    /// A process says that nothing can be restored. If that is true its operator has a backup; if it was too late to know,
    /// nothing is to be done.
    /// </summary>
    /// <returns>False: a checkpoint is sound.</returns>
    public bool BringBack(SimulatedProcess process)
    {
        HeadContent head = StoreContents.Head(store, job)!;
        if (head.Generation != process.Master!.Progress.Generation)
            return true;
        if (head.Committed().Any(IsSound))
            return false;
        foreach (string file in head.Committed().SelectMany(FilesOf).Distinct(StringComparer.Ordinal).Where(_originals.ContainsKey))
        {
            StoreContents.Delete(store, file);
            StoreContents.Put(store, file, _originals[file]);
        }

        _originals.Clear();
        world.Counts.Backups++;
        world.Say("nothing can be restored: all that was damaged is brought back from a backup");
        return true;
    }

    private List<string> FilesOf(ManifestReference manifest)
        => [manifest.Manifest, .. BlocksOf(manifest).Select(block => block.File).Distinct(StringComparer.Ordinal)];

    private IReadOnlyList<BlockInfo> BlocksOf(ManifestReference manifest)
    {
        byte[]? content = _originals.GetValueOrDefault(manifest.Manifest) ?? StoreContents.Read(store, manifest.Manifest);
        return content is null ? [] : CheckpointJson.Read(content, CheckpointJson.Indented.Manifest, manifest.Manifest).Blocks;
    }

    private bool IsSame(string file, long offset, long length)
    {
        if (!_originals.TryGetValue(file, out byte[]? original))
            return true;
        byte[] now = StoreContents.Read(store, file) ?? [];
        int from = (int)offset, count = (int)Math.Min(length, original.Length - offset);
        return now.Length >= from + count && (length != long.MaxValue || now.Length == original.Length)
            && now.AsSpan(from, count).SequenceEqual(original.AsSpan(from, count));
    }
}
