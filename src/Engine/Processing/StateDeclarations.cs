namespace Gristmill;

/// <summary>Where a processor declares its states. Each has a name by which it is found again after a restart or an upgrade.</summary>
public abstract class StateDeclarations
{
    private protected StateDeclarations()
    {
    }

    /// <summary>Declares one value a key. The first one declared lies closest to the key and is the fastest.</summary>
    /// <exception cref="Codec.UnsupportedTypeException">The type can't be kept in a snapshot.</exception>
    public abstract ValueState<T> Value<T>(string name);

    /// <summary>Declares a list a key.</summary>
    /// <exception cref="Codec.UnsupportedTypeException">The type can't be kept in a snapshot.</exception>
    public ListState<T> List<T>(string name) => new(Value<List<T>?>(name));

    /// <summary>Declares a map a key.</summary>
    /// <exception cref="Codec.UnsupportedTypeException">A type can't be kept in a snapshot.</exception>
    public MapState<TMapKey, TMapValue> Map<TMapKey, TMapValue>(string name)
        where TMapKey : notnull
        => new(Value<Dictionary<TMapKey, TMapValue>?>(name));
}
