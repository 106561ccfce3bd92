using Gristmill.State;

namespace Gristmill;

/// <summary>Where keyed state lies while a job runs. Default: in memory, all of it.</summary>
public sealed class StateOptions
{
    /// <summary>Where tables spill to what they have no room for; null: nowhere.</summary>
    internal ISpillBackend? Spill { get; set; }

    internal IEnumerable<string> Validate() => Spill?.Validate() ?? [];
}
