namespace Gristmill;

/// <summary>
/// An incremental aggregate of a window: one accumulator a key and window, whatever the number of records. One instance
/// serves all subtasks at once, so it holds nothing that changes.
/// </summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TIn">The input record.</typeparam>
/// <typeparam name="TAccumulator">The accumulator, a plain type.</typeparam>
/// <typeparam name="TOut">The result.</typeparam>
public abstract class WindowAggregate<TKey, TIn, TAccumulator, TOut>
{
    /// <summary>The accumulator of a window without records.</summary>
    public virtual TAccumulator Create() => default!;

    /// <summary>Takes a record in.</summary>
    public abstract void Add(ref TAccumulator accumulator, in TIn record);

    /// <summary>The window's result.</summary>
    public abstract TOut Result(TKey key, Window window, in TAccumulator accumulator);
}
