namespace Gristmill.Checkpoints;

/// <summary>An object of that name exists; objects are create-only.</summary>
public sealed class ObjectExistsException(string name, string store)
    : CheckpointStoreException($"The object '{name}' exists already in {store}. Objects are written once; another process or an earlier attempt wrote it.")
{
    /// <summary>The object's name.</summary>
    public string Name { get; } = name;
}
