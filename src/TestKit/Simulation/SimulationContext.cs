namespace Gristmill.TestKit.Simulation;

/// <summary>What the simulation gives to a job that is built for it: sources, sinks, and points of failure.</summary>
public sealed class SimulationContext
{
    private readonly World _world;
    private readonly SimulatedProcess _process;
    private readonly Scenario _scenario;
    private readonly Dictionary<string, OutsideTable> _tables;
    private readonly IReadOnlyDictionary<string, OutsideTable>? _expected;

    internal SimulationContext(
        World world, SimulatedProcess process, Scenario scenario, UpgradeOptions upgrade, Dictionary<string, OutsideTable> tables, IReadOnlyDictionary<string, OutsideTable>? expected)
    {
        Upgrade = upgrade;
        _world = world;
        _process = process;
        _scenario = scenario;
        _tables = tables;
        _expected = expected;
    }

    /// <summary>0 up to <see cref="SimulationOptions.Variants"/>: to make other data, or another job, of some seeds.</summary>
    public int Variant => _scenario.Variant;

    /// <summary>0 up to <see cref="SimulationOptions.Versions"/>, another one at some starts: to build the job as it was then or is now.</summary>
    public int Version => _process.Version;

    /// <summary>What this <see cref="Version"/> says has become of operators of others.</summary>
    public UpgradeOptions Upgrade { get; }

    /// <summary>A source of these rows, dealt out to splits in turn; the order within a split is kept.</summary>
    /// <param name="rows">The rows; the same at every call with the same <see cref="Variant"/>.</param>
    /// <param name="splits">How many splits, 1 or more.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public Source<T> Source<T>(IReadOnlyList<T> rows, int splits = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(splits, 1);
        return SourceOfSplits([.. Enumerable.Range(0, splits).Select(split => rows.Where((_, row) => row % splits == split).ToArray())]);
    }

    /// <summary>A source of these splits. Give all rows of a key to one split where their order matters.</summary>
    /// <param name="splits">The rows of each split, in order.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public Source<T> SourceOfSplits<T>(params IReadOnlyList<T>[] splits) => new SimulatedSource<T>(_world, splits);

    /// <summary>An exactly-once sink into a table outside the job, whose rows are compared with those of a run without faults.</summary>
    /// <param name="name">The table's name; the same name is the same table after every restart.</param>
    /// <typeparam name="T">The row type: one with equality by value, such as a record. Rows must not depend on chance or timing, their order may.</typeparam>
    public Sink<T> Sink<T>(string name)
        where T : notnull
    {
        if (!_tables.TryGetValue(name, out OutsideTable? table))
        {
            var added = new OutsideTable<T>(_world, name, (OutsideTable<T>?)_expected?[name], _scenario.MayRepeat);
            if (_scenario.Before is { } before && before.Tables.TryGetValue(name, out OutsideTable? older))
                added.GoOnFrom((OutsideTable<T>)older, before.Checkpoint);
            _tables.Add(name, table = added);
        }

        return new SimulatedSink<T>(_world, _process, (OutsideTable<T>)table);
    }

    /// <summary>A place in user code that may fail: throws now and then.</summary>
    public void FailPoint() => _world.ThrowInUserCode("a fail point");
}
