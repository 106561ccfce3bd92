using Gristmill.Checkpoints;

namespace Gristmill.TestKit.Conformance.Stores;

/// <summary>One claim of a conformance suite, for a test framework to run as a row.</summary>
/// <param name="Name">The claim, a sentence.</param>
/// <param name="Run">
/// Runs it over a store. The function opens one more handle on the same storage each time it is called; the storage must be
/// empty at first. Throws <see cref="ConformanceException"/> when the claim does not hold.
/// </param>
public sealed record ConformanceCase(string Name, Func<Func<ICheckpointStore>, CancellationToken, Task> Run)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
