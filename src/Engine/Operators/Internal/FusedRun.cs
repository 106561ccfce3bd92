using Gristmill.Runtime;

namespace Gristmill.Operators;

/// <summary>
/// A run of stateless operators as the user wrote it, from <typeparamref name="TIn"/> to <typeparamref name="TOut"/>.
/// It is closed from its end: each step puts its stage around the next one's and asks the step before it to go on.
/// </summary>
internal abstract class FusedRun<TIn, TOut>
{
    public abstract Receiver<TIn> Close<TNext>(TNext next, SubtaskBuilder builder)
        where TNext : struct, IStage<TOut>;

    public FusedRun<TIn, TNext> Then<TNext>(FusedStep<TOut, TNext> step) => new LongerRun<TIn, TOut, TNext>(this, step);
}

internal sealed class EmptyRun<T> : FusedRun<T, T>
{
    public override Receiver<T> Close<TNext>(TNext next, SubtaskBuilder builder) => new FusedReceiver<T, TNext>(next);
}

internal sealed class LongerRun<TIn, TMiddle, TOut>(FusedRun<TIn, TMiddle> head, FusedStep<TMiddle, TOut> step) : FusedRun<TIn, TOut>
{
    public override Receiver<TIn> Close<TNext>(TNext next, SubtaskBuilder builder) => step.Append(head, next, builder);
}

/// <summary>One stateless operator.</summary>
internal abstract class FusedStep<T, TOut>
{
    /// <summary>Takes the places its parts have in the chain, on the way down.</summary>
    public virtual void Enter(SubtaskBuilder builder)
    {
    }

    public abstract Receiver<TIn> Append<TIn, TNext>(FusedRun<TIn, T> head, TNext next, SubtaskBuilder builder)
        where TNext : struct, IStage<TOut>;
}

internal sealed class SelectStep<T, TOut, TFunc>(TFunc function) : FusedStep<T, TOut>
    where TFunc : struct, IRecordFunc<T, TOut>
{
    public override Receiver<TIn> Append<TIn, TNext>(FusedRun<TIn, T> head, TNext next, SubtaskBuilder builder)
        => head.Close(new SelectStage<T, TOut, TFunc, TNext>(function, next), builder);
}

internal sealed class WhereStep<T, TFunc>(TFunc predicate) : FusedStep<T, T>
    where TFunc : struct, IRecordFunc<T, bool>
{
    public override Receiver<TIn> Append<TIn, TNext>(FusedRun<TIn, T> head, TNext next, SubtaskBuilder builder)
        => head.Close(new WhereStage<T, TFunc, TNext>(predicate, next), builder);
}

internal sealed class SelectManyStep<T, TOut, TFunc>(TFunc function) : FusedStep<T, TOut>
    where TFunc : struct, IRecordFunc<T, IEnumerable<TOut>>
{
    public override Receiver<TIn> Append<TIn, TNext>(FusedRun<TIn, T> head, TNext next, SubtaskBuilder builder)
        => head.Close(new SelectManyStage<T, TOut, TFunc, TNext>(function, next), builder);
}

internal sealed class TimestampStep<T, TFunc>(TFunc function, WatermarkOptions options) : FusedStep<T, T>
    where TFunc : struct, IRecordFunc<T, long>
{
    public override void Enter(SubtaskBuilder builder) => builder.EnterTracker();

    public override Receiver<TIn> Append<TIn, TNext>(FusedRun<TIn, T> head, TNext next, SubtaskBuilder builder)
    {
        WatermarkTracker tracker = builder.PlaceTracker(options);
        return head.Close(new TimestampStage<T, TFunc, TNext>(function, tracker, next), builder);
    }
}
