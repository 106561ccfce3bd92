namespace Gristmill.Engine.Tests.Operators;

/// <summary>A record with a key, a number and an event time.</summary>
public readonly record struct Event(string Key, int Number, long Time);

/// <summary>Emits for each record the key's count and sum up to it: order within a key, state and exactness show in the rows.</summary>
internal sealed class RunningSum : KeyedProcessor<string, Event, string>
{
    private ValueState<(int Count, long Sum)> _state = null!;

    public override void Open(StateDeclarations states) => _state = states.Value<(int Count, long Sum)>("running");

    public override void OnRecord(in Event record, ProcessorContext<string, string> context)
    {
        ref (int Count, long Sum) state = ref _state.Update();
        state.Count++;
        state.Sum += record.Number;
        context.Emit($"{context.Key}:{state.Count}:{state.Sum}");
    }
}

internal static class Events
{
    private static readonly string[] Keys = ["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "ibex", "jay", "kite"];

    /// <summary>Events in order of time, a millisecond apart, the keys in turn.</summary>
    public static Event[] Make(int count, int keys = 11) => [.. Enumerable.Range(0, count).Select(n => new Event(Keys[n % keys], n, n))];

    /// <summary>What <see cref="RunningSum"/> makes of events that come in this order.</summary>
    public static IReadOnlyList<string> RunningSums(IEnumerable<Event> events)
        => [.. events.GroupBy(e => e.Key).SelectMany(group =>
        {
            long sum = 0;
            return group.Select((e, i) => $"{e.Key}:{i + 1}:{sum += e.Number}").ToList();
        }).Order(StringComparer.Ordinal)];
}
