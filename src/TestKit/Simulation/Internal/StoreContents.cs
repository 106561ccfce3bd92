using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Simulation;

/// <summary>What lies in the store, looked at and changed without faults.</summary>
internal static class StoreContents
{
    public static List<StoredObject> List(ICheckpointStore store, string prefix)
    {
        var found = new List<StoredObject>();
        IAsyncEnumerator<StoredObject> items = store.ListAsync(prefix).GetAsyncEnumerator();
        while (Now(items.MoveNextAsync()))
            found.Add(items.Current);
        return found;
    }

    public static bool Put(ICheckpointStore store, string name, byte[] content)
    {
        ObjectWriter writer = Now(store.CreateAsync(name));
        Now(writer.WriteAsync(content));
        Now(writer.CompleteAsync());
        return true;
    }

    /// <summary>
    /// A bit turns over in the newest checkpoint, or a file of it is cut short or gone. Another one that is sound is left, as
    /// long as nobody goes on: incremental checkpoints would be built on the damage until the sound one is collected.
    /// </summary>
    public static void DamageNewest(World world, ICheckpointStore store, HeadContent head)
    {
        if (head.Newest is null || !head.Retained.Any(older => !world.Damaged.Contains(older.Manifest)) || !world.Damaged.Add(head.Newest.Manifest))
            return;
        string manifest = head.Newest.Manifest;
        List<StoredObject> files = List(store, manifest[..(manifest.LastIndexOf('/') + 1)]);
        if (files.Count == 0)
            return;
        StoredObject victim = files[world.Random.Next(files.Count)];
        byte[] content = new byte[victim.Length];
        Now(store.ReadAsync(victim.Name, 0, content));
        Now(store.DeleteAsync(victim.Name));
        world.AllMustDie = true;
        world.Counts.Damaged++;
        world.Say($"{victim.Name} is damaged");
        switch (world.Random.Next(3))
        {
            case 0:
                content[world.Random.Next(content.Length)] ^= 0x10;
                Put(store, victim.Name, content);
                break;
            case 1:
                Put(store, victim.Name, content[..world.Random.Next(content.Length)]);
                break;
        }
    }

    private static T Now<T>(ValueTask<T> done) => done.GetAwaiter().GetResult();

    private static void Now(ValueTask done) => done.GetAwaiter().GetResult();
}
