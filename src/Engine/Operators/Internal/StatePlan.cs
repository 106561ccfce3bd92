using System.Runtime.CompilerServices;
using Gristmill.Codec;
using Gristmill.State;

namespace Gristmill.Operators;

/// <summary>
/// Listens to a processor's declarations without any table, to learn which states there are: names and types are checked
/// before the job starts, and the type of the first small value decides the type of the table.
/// </summary>
internal sealed class StatePlan : StateDeclarations
{
    /// <summary>A value larger than this is kept outside the entry, so that probing stays in few cache lines.</summary>
    private const int LargestInline = 64;

    // What states declared here would read: an entry of zeros, larger than any.
    private static readonly EntryBlock<long> Nothing = EntryBlock<long>.Allocate(64);

    private readonly List<(string Name, Type Type)> _states = [];

    public IReadOnlyList<(string Name, Type Type)> States => _states;

    /// <summary>The index of the state kept in the entry, or -1.</summary>
    public int Inline { get; private set; } = -1;

    public Type InlineType => Inline < 0 ? typeof(NoState) : _states[Inline].Type;

    public override ValueState<T> Value<T>(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (Inline < 0 && Unsafe.SizeOf<T>() <= LargestInline)
            Inline = _states.Count;
        _states.Add((name, typeof(T)));
        return new ValueState<T>(new StateCursor { Table = NoTable.Instance, Entry = Nothing.Address }, 0);
    }

    public IEnumerable<string> Problems()
    {
        foreach (IGrouping<string, (string Name, Type Type)> doubled in _states.GroupBy(state => state.Name).Where(group => group.Count() > 1))
            yield return $"state '{doubled.Key}' is declared {doubled.Count()} times; give each a name of its own.";
        if (_states.Count > KeyedStates.MostStates)
            yield return $"{_states.Count} states are declared, and {KeyedStates.MostStates} is the most; put values that change together into one record.";
        foreach ((string name, Type type) in _states)
        {
            foreach (string problem in Codecs.Problems(type))
                yield return $"state '{name}': {problem}";
        }
    }

    private sealed class NoTable : IStateTable
    {
        public static readonly NoTable Instance = new();

        public void Touch(ulong presenceBit) => throw NotYet();

        public void ClearPresence(ulong presenceBit) => throw NotYet();

        private static InvalidOperationException NotYet()
            => new("Open only declares states; read and write them in OnRecord and OnTimer.");
    }
}

/// <summary>The value type of a table that keeps none in its entries.</summary>
internal readonly struct NoState;
