using System.Diagnostics.CodeAnalysis;

namespace Gristmill;

/// <summary>The jobs of this host, by name: how they fare, and to take a checkpoint, drain, stop or cancel one by hand.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "It is more than a collection.")]
public interface IGristmillJobs : IReadOnlyCollection<EmbeddedJob>
{
    /// <summary>A job by its name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message names those there are.</exception>
    EmbeddedJob this[string name] { get; }

    /// <summary>Looks a job up by its name.</summary>
    bool TryGet(string name, [NotNullWhen(true)] out EmbeddedJob? job);
}
