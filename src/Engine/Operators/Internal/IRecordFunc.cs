using System.Runtime.CompilerServices;

namespace Gristmill.Operators;

/// <summary>A user's function in either of its forms, as a struct, so that a loop is compiled for the form it has.</summary>
internal interface IRecordFunc<T, TResult>
{
    TResult Invoke(in T record);
}

internal readonly struct ByValue<T, TResult>(Func<T, TResult> function) : IRecordFunc<T, TResult>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TResult Invoke(in T record) => function(record);
}

internal readonly struct ByReference<T, TResult>(RecordFunc<T, TResult> function) : IRecordFunc<T, TResult>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TResult Invoke(in T record) => function(in record);
}
