namespace Gristmill.Checkpoints;

/// <summary>There is no object of that name.</summary>
public sealed class ObjectNotFoundException(string name, string store)
    : CheckpointStoreException($"The object '{name}' is not in {store}. It was deleted, or the store is not the one it was written to.")
{
    /// <summary>The object's name.</summary>
    public string Name { get; } = name;
}
