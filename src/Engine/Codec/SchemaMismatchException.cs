namespace Gristmill.Codec;

/// <summary>Data was written with another version of a type, and the two can't be reconciled. Names each field, what was written and what is expected.</summary>
public sealed class SchemaMismatchException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="type">The type that should be read.</param>
    /// <param name="mismatches">All the differences that stand in the way.</param>
    public SchemaMismatchException(Type type, IReadOnlyList<string> mismatches)
        : base(string.Join(Environment.NewLine, mismatches))
    {
        Type = type;
        Mismatches = mismatches;
    }

    /// <summary>The type that should be read.</summary>
    public Type Type { get; }

    /// <summary>All the differences that stand in the way.</summary>
    public IReadOnlyList<string> Mismatches { get; }
}
