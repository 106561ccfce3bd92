namespace Gristmill;

/// <summary>Names a second output of an operator. Make one, use the same one where records are emitted and where they are read.</summary>
/// <param name="name">A name that is unique in its operator.</param>
/// <typeparam name="T">The record type.</typeparam>
public sealed class SideOutput<T>(string name) : ISideOutput
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;
}

/// <summary>A side output of any type.</summary>
public interface ISideOutput
{
    /// <summary>Its name.</summary>
    string Name { get; }
}
