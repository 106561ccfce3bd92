namespace Gristmill.Operators;

/// <summary>The side outputs of an operator in one subtask.</summary>
internal sealed class SideOutputs
{
    private readonly Dictionary<ISideOutput, (object Emitter, Action Flush)> _emitters = [];

    public void Add<T>(SideOutput<T> side, Emitter<T> emitter) => _emitters.Add(side, (emitter, emitter.Flush));

    /// <summary>The emitter of a side output; records of one that nobody reads go nowhere.</summary>
    public Emitter<T> Of<T>(SideOutput<T> side)
    {
        if (_emitters.TryGetValue(side, out (object Emitter, Action Flush) found))
            return (Emitter<T>)found.Emitter;
        var nowhere = new Emitter<T>(new Nowhere<T>(), Batch<T>.DefaultCapacity);
        Add(side, nowhere);
        return nowhere;
    }

    public void Flush()
    {
        foreach ((object Emitter, Action Flush) side in _emitters.Values)
            side.Flush();
    }
}
