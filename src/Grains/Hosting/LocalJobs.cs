using System.Collections.Concurrent;

namespace Gristmill.Grains;

/// <summary>The jobs that have a subtask or their coordinator on this silo, for when it goes.</summary>
internal sealed class LocalJobs
{
    private readonly ConcurrentDictionary<SubtaskKey, bool> _subtasks = [];
    private readonly ConcurrentDictionary<string, string> _coordinators = [];
    private volatile bool _isLeaving;

    /// <summary>Whether the silo is about to go: nothing is to begin here any more.</summary>
    public bool IsLeaving
    {
        get => _isLeaving;
        set => _isLeaving = value;
    }

    public IReadOnlyList<string> Names => [.. _subtasks.Keys.Select(key => key.Job).Concat(_coordinators.Values).Distinct(StringComparer.Ordinal)];

    public void Add(SubtaskKey subtask) => _subtasks[subtask] = true;

    public void Remove(SubtaskKey subtask) => _subtasks.TryRemove(subtask, out _);

    /// <param name="activation">The coordinator's activation: two of them may overlap.</param>
    /// <param name="job">Its job.</param>
    public void AddCoordinator(string activation, string job) => _coordinators[activation] = job;

    public void RemoveCoordinator(string activation) => _coordinators.TryRemove(activation, out _);
}
