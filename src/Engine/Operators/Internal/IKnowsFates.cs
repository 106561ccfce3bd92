namespace Gristmill.Operators;

/// <summary>
/// An operator that may hold its subtask back until a checkpoint's fate is known. It is told before it is asked for room, whatever
/// the subtask is blocked by: a command that waits its turn could not lift what blocks it.
/// </summary>
internal interface IKnowsFates
{
    /// <param name="committed">The newest checkpoint whose output is published.</param>
    /// <param name="settled">The newest that is either committed or given up.</param>
    /// <param name="isAwaited">Whether a checkpoint waits for this subtask's snapshot, so that it must not be held back.</param>
    void OnFates(long committed, long settled, bool isAwaited);
}
