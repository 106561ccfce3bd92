using System.Runtime.CompilerServices;

namespace Gristmill.Operators;

/// <summary>
/// A step of a fused run of operators. Stages are nested structs, so that the runtime compiles the whole run into one
/// loop in which a record costs the user's functions and nothing else.
/// </summary>
internal interface IStage<T>
{
    void Begin(int split);

    void OnRecord(in T record, long timestamp);

    void End();
}

internal struct SelectStage<T, TOut, TFunc, TNext>(TFunc function, TNext next) : IStage<T>
    where TFunc : struct, IRecordFunc<T, TOut>
    where TNext : struct, IStage<TOut>
{
    private TNext _next = next;

    public void Begin(int split) => _next.Begin(split);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnRecord(in T record, long timestamp)
    {
        TOut selected = function.Invoke(in record);
        _next.OnRecord(in selected, timestamp);
    }

    public void End() => _next.End();
}

internal struct WhereStage<T, TFunc, TNext>(TFunc predicate, TNext next) : IStage<T>
    where TFunc : struct, IRecordFunc<T, bool>
    where TNext : struct, IStage<T>
{
    private TNext _next = next;

    public void Begin(int split) => _next.Begin(split);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnRecord(in T record, long timestamp)
    {
        if (predicate.Invoke(in record))
            _next.OnRecord(in record, timestamp);
    }

    public void End() => _next.End();
}

internal struct SelectManyStage<T, TOut, TFunc, TNext>(TFunc function, TNext next) : IStage<T>
    where TFunc : struct, IRecordFunc<T, IEnumerable<TOut>>
    where TNext : struct, IStage<TOut>
{
    private TNext _next = next;

    public void Begin(int split) => _next.Begin(split);

    public void OnRecord(in T record, long timestamp)
    {
        switch (function.Invoke(in record))
        {
            case TOut[] array:
                foreach (ref readonly TOut element in array.AsSpan())
                    _next.OnRecord(in element, timestamp);
                break;
            case List<TOut> list:
                foreach (TOut element in list)
                    _next.OnRecord(in element, timestamp);
                break;
            case { } elements:
                foreach (TOut element in elements)
                    _next.OnRecord(in element, timestamp);
                break;
        }
    }

    public void End() => _next.End();
}

internal struct TimestampStage<T, TFunc, TNext>(TFunc function, WatermarkTracker tracker, TNext next) : IStage<T>
    where TFunc : struct, IRecordFunc<T, long>
    where TNext : struct, IStage<T>
{
    private TNext _next = next;

    public void Begin(int split)
    {
        tracker.Select(split);
        _next.Begin(split);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnRecord(in T record, long timestamp)
    {
        long time = function.Invoke(in record);
        tracker.Observe(time);
        _next.OnRecord(in record, time);
    }

    public void End()
    {
        _next.End();
        tracker.Store();
    }
}

internal readonly struct EmitStage<T>(Emitter<T> emitter) : IStage<T>
{
    public void Begin(int split) => emitter.Begin(split);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void OnRecord(in T record, long timestamp) => emitter.Emit(in record, timestamp);

    public void End() => emitter.Flush();
}

/// <summary>Runs a fused run of operators over a batch.</summary>
internal sealed class FusedReceiver<T, TStage>(TStage stage) : Receiver<T>
    where TStage : struct, IStage<T>
{
    private TStage _stage = stage;

    // A loop of its own gets all registers; inlined into its caller's, it spills in every turn.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void OnBatch(Batch<T> batch)
    {
        ref TStage stage = ref _stage;
        stage.Begin(batch.Split);
        ReadOnlySpan<T> records = batch.Items.AsSpan(0, batch.Filled);
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        for (int i = 0; i < records.Length && i < timestamps.Length; i++)
            stage.OnRecord(in records[i], timestamps[i]);
        stage.End();
    }
}
