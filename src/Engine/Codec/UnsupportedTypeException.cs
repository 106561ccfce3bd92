namespace Gristmill.Codec;

/// <summary>A type can't be kept in a snapshot. Says every member that stands in the way, why, and what to do instead.</summary>
public sealed class UnsupportedTypeException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="type">The type that was asked for.</param>
    /// <param name="problems">All its faults, each naming type, member and remedy.</param>
    public UnsupportedTypeException(Type type, IReadOnlyList<string> problems)
        : base(string.Join(Environment.NewLine, problems))
    {
        Type = type;
        Problems = problems;
    }

    /// <summary>The type that was asked for.</summary>
    public Type Type { get; }

    /// <summary>All its faults.</summary>
    public IReadOnlyList<string> Problems { get; }
}
