using Gristmill.Operators;

namespace Gristmill.Embedded;

/// <summary>
/// What a worker reads when it is a source's turn: that source, or for a while another worker's subtask of the same source
/// that is behind in event time. A worker that has the windows of a few keys beside its source falls behind, and what the
/// others read ahead of it would only wait in their states for its watermark, and for its one thread at the end. One for
/// each source; only the thread of its worker may call it.
/// </summary>
/// <param name="own">The source.</param>
/// <param name="others">The same source's subtasks on other workers.</param>
/// <param name="watermarkOf">How far a subtask is; before it has event time, <see cref="ChainOperator.NoWatermark"/>.</param>
internal sealed class ReadingTurns(int own, int[] others, Func<int, long> watermarkOf)
{
    /// <summary>Turns from one look at the others to the next, and of help at most: enough that what comes into the caches is used there.</summary>
    public const int Turns = 64;

    /// <summary>Every so many turns of help the own source is read: it has barriers to pass on, and its splits are not to seem idle.</summary>
    public const int OwnEvery = 4;

    /// <summary>Turns until one whose own worker was in it is tried again.</summary>
    public const int Pause = 4;

    private const int None = -1;

    private int _helped = None;
    private int _quiet = None;
    private int _left = Turns;
    private long _seen = ChainOperator.NoWatermark;

    /// <summary>The subtask to step. If it is another worker's, tell <see cref="Came"/> what came of it.</summary>
    public int Next()
    {
        if (others.Length == 0)
            return own;
        if (_left-- > 0)
        {
            if (_helped == None || _left % OwnEvery == 0)
                return own;
            if (watermarkOf(_helped) < watermarkOf(own))
                return _helped;
        }

        if (_helped == None)
            return Look();
        LookLater();
        return own;
    }

    /// <summary>Another worker's subtask was tried.</summary>
    /// <param name="source">Which.</param>
    /// <param name="worked">Whether it had anything to do; null: its own worker was in it.</param>
    public void Came(int source, bool? worked)
    {
        if (worked == false)
        {
            LookLater();
            _quiet = source;
        }
        else if (_helped == None)
        {
            _helped = worked is null ? None : source;
            _left = worked is null ? Pause : Turns;
        }
    }

    private int Look()
    {
        long reached = watermarkOf(own);

        // Half of what the own source came since the last look: who is less far behind is not worth going to and fro. Where
        // it had no event time yet, nobody is behind.
        long lowest = _seen / 2 + reached / 2;
        int behind = None;
        foreach (int other in others)
        {
            if (other != _quiet && watermarkOf(other) is not ChainOperator.NoWatermark and { } its && its < lowest)
                (behind, lowest) = (other, its);
        }

        if (behind != None)
            return behind;
        LookLater();
        return own;
    }

    private void LookLater()
    {
        _helped = _quiet = None;
        _left = Turns;
        _seen = watermarkOf(own);
    }
}
