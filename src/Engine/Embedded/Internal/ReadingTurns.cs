using Gristmill.Operators;

namespace Gristmill.Embedded;

/// <summary>
/// Whose source a worker reads next: its own, or for a while another worker's that is behind in event time. A worker that
/// has the windows of a few keys beside its source falls behind, and what the others read ahead of it would only wait in
/// their states for its watermark, and for its one thread at the end. One for each worker; its thread's alone.
/// </summary>
/// <param name="others">The sources that are other workers'.</param>
/// <param name="watermarkOf">How far a source is; before it has event time, <see cref="ChainOperator.NoWatermark"/>.</param>
internal sealed class ReadingTurns(IReadOnlyList<int> others, Func<int, long> watermarkOf)
{
    /// <summary>Steps from one look at the others to the next, and of help: enough that what comes into the caches is used there.</summary>
    public const int Steps = 64;

    private int? _helped;
    private int _left = Steps;

    /// <summary>The source to step. If it is another's, tell <see cref="Came"/> what came of it.</summary>
    public int Next(int own)
    {
        if (others.Count == 0)
            return own;
        if (_left > 0)
        {
            _left--;
            if (_helped is not { } helped)
                return own;
            if (IsBehind(helped, own))
                return helped;
        }

        if (_helped is not null)
            return ReadOwn(own);
        int behind = MostBehind(own);
        return behind == own ? ReadOwn(own) : behind;
    }

    /// <summary>Another's source was tried.</summary>
    /// <param name="source">Which.</param>
    /// <param name="worked">Whether it had records; null: its own worker was in it, so it is tried again.</param>
    public void Came(int source, bool? worked)
    {
        if (worked is not { } had || (had && _helped is not null))
            return;
        _helped = had ? source : null;
        _left = had ? Steps - 1 : Steps;
    }

    private int ReadOwn(int own)
    {
        _helped = null;
        _left = Steps - 1;
        return own;
    }

    private int MostBehind(int own)
    {
        int behind = own;
        foreach (int other in others)
        {
            if (IsBehind(other, behind))
                behind = other;
        }

        return behind;
    }

    private bool IsBehind(int source, int other) => watermarkOf(source) is not ChainOperator.NoWatermark and { } reached && reached < watermarkOf(other);
}
