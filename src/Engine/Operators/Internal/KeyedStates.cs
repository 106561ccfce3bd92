using Gristmill.Codec;
using Gristmill.State;

namespace Gristmill.Operators;

/// <summary>Gives a processor its real states, as <see cref="StatePlan"/> has laid them out.</summary>
internal sealed class KeyedStates<TKey, TInline>(StatePlan plan, KeyedTable<TKey, TInline, DefaultKeyHash<TKey>> table) : StateDeclarations
{
    private int _declared;

    /// <summary>Names and schemas in the order in which an entry's presence bits count them: the one in the entry first.</summary>
    public List<SchemaField> Fields { get; } = plan.Inline < 0 ? [] : [new SchemaField(plan.States[plan.Inline].Name, Codecs.For<TInline>().Schema)];

    public List<StateColumn> Columns { get; } = [];

    public override ValueState<T> Value<T>(string name)
    {
        int index = _declared++;
        if (index >= plan.States.Count || plan.States[index] != (name, typeof(T)))
            throw new InvalidOperationException($"Open declared state '{name}' this time and not the time before; it must always declare the same states in the same order.");
        if (index == plan.Inline)
            return new ValueState<T>(table.Cursor, table.ValueOffset);
        Codec<T> codec = Codecs.For<T>();
        var column = new StateColumn<T>(codec);
        table.AddColumn(column);
        Columns.Add(column);
        Fields.Add(new SchemaField(name, codec.Schema));
        return new ValueState<T>(table.Cursor, column, Columns.Count);
    }
}

internal static class KeyedStates
{
    /// <summary>Presence is a bit a state in 16 bits of an entry; the first is the state in the entry itself.</summary>
    public const int MostStates = 15;
}
