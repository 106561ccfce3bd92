using System.Collections.Immutable;
using Gristmill.Graph;

namespace Gristmill.Jobs;

/// <summary>Parallelism as it was changed while the job runs; it outranks what is configured until the process ends.</summary>
/// <param name="Parallelism">In place of that of the options; null: unchanged.</param>
/// <param name="Operators">In place of what operators say themselves, by name.</param>
internal sealed record JobScale(int? Parallelism, ImmutableDictionary<string, int> Operators)
{
    /// <summary>As the job and its options say.</summary>
    public static JobScale Configured { get; } = new(null, ImmutableDictionary<string, int>.Empty.WithComparers(StringComparer.Ordinal));

    /// <summary>Of operators that say nothing themselves.</summary>
    public int Of(GristmillOptions options) => Parallelism ?? options.Parallelism;

    /// <summary>What an operator says itself, or was told; null: nothing.</summary>
    public int? Of(Node node) => node.Name is { } name && Operators.TryGetValue(name, out int told) ? told : node.OwnParallelism;

    /// <summary>The scale changed in one place.</summary>
    /// <param name="operatorName">The operator; null: the job.</param>
    /// <param name="parallelism">The new parallelism.</param>
    public JobScale With(string? operatorName, int parallelism)
        => operatorName is null ? this with { Parallelism = parallelism } : this with { Operators = Operators.SetItem(operatorName, parallelism) };
}
