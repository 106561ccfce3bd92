using Gristmill.Protocol.Tests.Model;

namespace Gristmill.Protocol.Tests.Replication;

/// <summary>Visits every world, breadth first, so that what is wrong comes with a shortest way to it.</summary>
internal sealed class ReplicaSearch(ReplicaModelOptions options)
{
    private readonly ReplicaMoves _moves = new(options);
    private readonly Encoder _encoder = new();
    private readonly List<int> _ends = [];
    private readonly HashSet<UInt128> _seen = [];
    private readonly Queue<(ReplicaWorld World, int Number)> _open = new();
    private readonly List<(int From, string Move)> _came = [];

    public ModelResult Run(int maxStates = int.MaxValue)
    {
        long transitions = 0;
        var ends = 0;
        var at = 0;
        See(_moves.Start(), -1, "");
        try
        {
            while (_open.TryDequeue(out var next))
            {
                if (_seen.Count > maxStates) return new ModelResult(_seen.Count, transitions, ends, false, false, null, []);
                at = next.Number;
                var before = transitions;
                _moves.Expand(next.World, (move, world) =>
                {
                    transitions++;
                    See(world, next.Number, move);
                });
                if (transitions == before) ends++;
            }
        }
        catch (Exception e) when (e is ViolationException or ProtocolViolationException)
        {
            return new ModelResult(_seen.Count, transitions, ends, false, false, e.Message, [.. WayTo(at), _moves.Current]);
        }

        // Each move uses up a message, a try or a fault, so every run ends.
        return new ModelResult(_seen.Count, transitions, ends, true, true, null, []);
    }

    private void See(ReplicaWorld world, int from, string move)
    {
        if (!_seen.Add(world.Digest(_encoder, _ends))) return;
        _open.Enqueue((world, _came.Count));
        _came.Add((from, move));
    }

    private Stack<string> WayTo(int state)
    {
        var way = new Stack<string>();
        for (; state > 0; state = _came[state].From) way.Push(_came[state].Move);
        return way;
    }
}
