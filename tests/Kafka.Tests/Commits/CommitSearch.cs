namespace Gristmill.Kafka.Tests.Commits;

internal sealed record CommitSearchResult(int States, long Transitions, int Ends, string? Violation, string[] Way);

/// <summary>Visits every world, breadth first, so that what is wrong comes with a shortest way to it.</summary>
internal sealed class CommitSearch(CommitModel model)
{
    private readonly CommitMoves _moves = new(model);
    private readonly List<byte> _bytes = [];
    private readonly HashSet<UInt128> _seen = [];
    private readonly Queue<(CommitWorld World, int Number)> _open = new();
    private readonly List<(int From, string Move)> _came = [];

    public CommitSearchResult Run(int mostStates)
    {
        long transitions = 0;
        int ends = 0;
        int at = 0;
        bool isEnd = false;
        See(_moves.Start(), -1, "");
        try
        {
            while (_open.TryDequeue(out (CommitWorld World, int Number) next))
            {
                Assert.True(_seen.Count <= mostStates, $"More than {mostStates} states.");
                (at, isEnd) = (next.Number, false);
                int moves = _moves.Expand(next.World, (move, world) => See(world, next.Number, move));
                transitions += moves;
                if (moves > 0)
                    continue;
                ends++;
                isEnd = true;
                CommitInvariants.CheckEnd(next.World);
            }
        }
        catch (CommitViolationException e)
        {
            return new CommitSearchResult(_seen.Count, transitions, ends, e.Message, [.. WayTo(at), isEnd ? "the end" : _moves.Current]);
        }

        return new CommitSearchResult(_seen.Count, transitions, ends, null, []);
    }

    private void See(CommitWorld world, int from, string move)
    {
        if (!_seen.Add(world.Digest(_bytes)))
            return;
        _open.Enqueue((world, _came.Count));
        _came.Add((from, move));
    }

    private Stack<string> WayTo(int state)
    {
        var way = new Stack<string>();
        for (; state > 0; state = _came[state].From)
            way.Push(_came[state].Move);
        return way;
    }
}
