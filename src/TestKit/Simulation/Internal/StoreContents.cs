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

    /// <summary>A store with the same in it.</summary>
    public static MemoryCheckpointStore Copy(ICheckpointStore store, string job, TimeProvider time)
    {
        var copy = new MemoryCheckpointStore(time);
        foreach (StoredObject item in List(store, CheckpointLayout.JobPrefix(job)))
            Put(copy, item.Name, Read(store, item.Name)!);
        StoredHead head = Now(store.ReadHeadAsync(job))!;
        for (long version = 0; version < head.Version; version++)
            _ = Now(copy.TryMoveHeadAsync(job, version, head.Content));
        return copy;
    }

    public static HeadContent? Head(ICheckpointStore store, string job)
        => Now(store.ReadHeadAsync(job)) is { } stored ? HeadContent.Decode(stored.Content, "head") : null;

    public static bool Put(ICheckpointStore store, string name, byte[] content)
    {
        ObjectWriter writer = Now(store.CreateAsync(name));
        Now(writer.WriteAsync(content));
        Now(writer.CompleteAsync());
        return true;
    }

    /// <summary>All of an object; null: there is none.</summary>
    public static byte[]? Read(ICheckpointStore store, string name)
    {
        if (Now(store.GetLengthAsync(name)) is not { } length)
            return null;
        byte[] content = new byte[length];
        Now(store.ReadAsync(name, 0, content));
        return content;
    }

    public static void Delete(ICheckpointStore store, string name) => Now(store.DeleteAsync(name));

    private static T Now<T>(ValueTask<T> done) => done.GetAwaiter().GetResult();

    private static void Now(ValueTask done) => done.GetAwaiter().GetResult();
}
