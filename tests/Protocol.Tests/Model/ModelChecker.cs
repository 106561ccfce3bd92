namespace Gristmill.Protocol.Tests.Model;

/// <summary>What a search found.</summary>
internal sealed record ModelResult(int States, long Transitions, int Ends, bool Exhausted, bool EveryRunEnds, string? Violation, IReadOnlyList<string> Trace)
{
    public override string ToString() =>
        $"{States:N0} states, {Transitions:N0} transitions, {Ends:N0} ends, {(Exhausted ? "exhausted" : "not exhausted")}"
        + (Violation is null ? "" : $"{Environment.NewLine}{Violation}{Environment.NewLine}  {string.Join($"{Environment.NewLine}  ", Trace)}");
}

/// <summary>
/// Visits every reachable world, breadth first, so that a violation comes with a shortest way to it. Worlds that were seen
/// are remembered by a 128-bit digest; worlds still to be visited are kept whole.
/// </summary>
internal sealed class ModelChecker(ModelOptions options)
{
    private readonly Moves _moves = new(options);
    private readonly Encoder _encoder = new();
    private readonly List<int> _ends = [];
    private readonly Dictionary<UInt128, int> _seen = [];
    private readonly Queue<World> _open = new();
    private readonly List<int> _cameFrom = [];

    // The successors of state i are _next[_nextFrom[i].._nextFrom[i + 1]].
    private readonly List<int> _next = [];
    private readonly List<int> _nextFrom = [];

    public ModelResult Run(int maxStates = int.MaxValue)
    {
        var ends = 0;
        var visited = 0;
        try
        {
            See(_moves.Start(), -1);
            while (_open.TryDequeue(out var world))
            {
                if (_seen.Count > maxStates) return Result(ends, exhausted: false, null, []);
                _nextFrom.Add(_next.Count);
                _moves.Expand(world, (_, next) => _next.Add(See(next, visited)));
                if (_next.Count == _nextFrom[visited]) ends++;
                visited++;
            }
        }
        catch (Exception e) when (e is ViolationException or ProtocolViolationException)
        {
            return Result(ends, exhausted: false, e.Message, [.. TraceTo(visited), _moves.Current.ToString()]);
        }

        _nextFrom.Add(_next.Count);
        return Result(ends, exhausted: true, null, []);
    }

    private ModelResult Result(int ends, bool exhausted, string? violation, IReadOnlyList<string> trace) =>
        new(_seen.Count, _next.Count, ends, exhausted, exhausted && EveryRunEnds(), violation, trace);

    private int See(World world, int from)
    {
        var digest = world.Digest(_encoder, _ends);
        if (_seen.TryGetValue(digest, out var known)) return known;
        _seen.Add(digest, _cameFrom.Count);
        _cameFrom.Add(from);
        _open.Enqueue(world);
        return _cameFrom.Count - 1;
    }

    /// <summary>
    /// Whether there is no way round in a circle: then every run ends, whatever the scheduler does, and the ends were checked.
    /// (States are taken away that nothing leads to, until none is left, or only circles are.)
    /// </summary>
    private bool EveryRunEnds()
    {
        var into = new int[_seen.Count];
        foreach (var next in _next) into[next]++;
        var free = new Stack<int>();
        for (var i = 0; i < into.Length; i++)
            if (into[i] == 0) free.Push(i);

        var taken = 0;
        while (free.TryPop(out var state))
        {
            taken++;
            for (var i = _nextFrom[state]; i < _nextFrom[state + 1]; i++)
                if (--into[_next[i]] == 0) free.Push(_next[i]);
        }

        return taken == into.Length;
    }

    /// <summary>The way is known by its states only; walking it again gives it names.</summary>
    private List<string> TraceTo(int state)
    {
        var way = new Stack<int>();
        for (var at = state; at > 0; at = _cameFrom[at]) way.Push(at);
        var trace = new List<string>();
        var moves = new Moves(options);
        var world = moves.Start();
        foreach (var step in way)
        {
            World? found = null;
            moves.Expand(world, (move, next) =>
            {
                if (found is not null || _seen.GetValueOrDefault(next.Digest(_encoder, _ends), -1) != step) return;
                found = next;
                trace.Add(move.ToString());
            });
            world = found!;
        }

        return trace;
    }
}
