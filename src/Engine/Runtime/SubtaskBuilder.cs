using Gristmill.Graph;
using Gristmill.Operators;
using Gristmill.State;

namespace Gristmill.Runtime;

/// <summary>
/// Builds one subtask's chain. A place in the order of operators is taken going down, before what is behind it is built;
/// the operator itself is made coming back up, when the receiver it hands on to exists.
/// </summary>
internal sealed class SubtaskBuilder(JobRun run, TaskPlan task, int subtask)
{
    private readonly List<Place> _places = [];
    private readonly Stack<Place> _trackers = new();
    private readonly Dictionary<object, object> _shared = [];

    public JobRun Run { get; } = run;

    public TaskPlan Task { get; } = task;

    public int Index { get; } = subtask;

    public SubtaskSignals Signals { get; } = new(run.Waker, run.Time);

    /// <summary>Where building stands: what is placed next is behind this.</summary>
    public Position Here { get; set; } = new(null, new SplitSet());

    public TableOptions Tables
    {
        get
        {
            CheckpointOptions options = Run.Options.Checkpoints;
            int groups = Run.Options.KeyGroups;
            int first = KeyGroups.First(Index, groups, Task.Parallelism);
            int count = KeyGroups.First(Index + 1, groups, Task.Parallelism) - first;
            return new TableOptions(groups, first, count, Epochs.Stamp(Run.FirstCheckpoint), options.Incremental && options.IsOn)
            {
                LongestChain = options.LongestChainOf(Task.Parallelism),
                FewEntries = options.FewEntries,
                Spill = Run.Options.State.Spill,
                Faults = Run.Faults,
            };
        }
    }

    public OperatorSetup SetupOf(string name) => new(name, Index, Tables, Run.Options.BatchSize, Run.Time);

    /// <summary>Takes the next place. What is built from now on is behind it.</summary>
    /// <param name="keepsSplits">Whether batches behind it still show which input of the head they are from.</param>
    public Place Enter(bool keepsSplits)
    {
        var place = new Place(Here.Behind, Here.Splits);
        _places.Add(place);
        Here = new Position(place, keepsSplits ? Here.Splits : null);
        return place;
    }

    public void EnterTracker()
    {
        Place place = Enter(keepsSplits: true);
        place.IsTracker = true;
        _trackers.Push(place);
    }

    /// <summary>Makes the tracker of the timestamp step that is closed now: the last one entered.</summary>
    public WatermarkTracker PlaceTracker(WatermarkOptions options)
    {
        Place place = _trackers.Pop();
        int number = _places.TakeWhile(other => other != place).Count(other => other.IsTracker);
        var tracker = new WatermarkTracker(options, place.Splits, Run.Time) { Name = $"{Task.Head.Label}/timestamps-{number}" };
        place.Operator = tracker;
        return tracker;
    }

    /// <summary>What several inputs of one operator share.</summary>
    public TShared Once<TShared>(object key, Func<TShared> make)
        where TShared : class
    {
        if (_shared.TryGetValue(key, out object? made))
            return (TShared)made;
        TShared shared = make();
        _shared.Add(key, shared);
        return shared;
    }

    /// <summary>The operators in the order in which watermarks and barriers reach them.</summary>
    public ChainOperator[] Finish()
    {
        foreach (Place place in _places)
        {
            place.Operator!.Upstream = place.Upstream?.Operator;
            (place.Operator as WatermarkTracker)?.StartIdleClock();
        }

        return [.. _places.Select(place => place.Operator!)];
    }

    internal readonly record struct Position(Place? Behind, SplitSet? Splits);

    internal sealed class Place(Place? upstream, SplitSet? splits)
    {
        public Place? Upstream { get; } = upstream;

        public SplitSet? Splits { get; } = splits;

        public ChainOperator? Operator { get; set; }

        public bool IsTracker { get; set; }
    }
}
