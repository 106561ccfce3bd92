using System.Runtime.CompilerServices;
using Gristmill.Codec;

namespace Gristmill.Operators;

/// <summary>Reads the keys of a whole batch, so that the user's key function is called in one tight loop.</summary>
internal abstract class KeyExtractor<T, TKey>
{
    public abstract void Extract(ReadOnlySpan<T> records, Span<TKey> keys, Span<ulong> hashes);

    /// <summary>Ends a fused run at the channels of a keyed exchange.</summary>
    public abstract Receiver<TIn> CloseWithScatter<TIn>(FusedRun<TIn, T> run, ScatterOutput<T> output, Runtime.SubtaskBuilder builder);
}

internal sealed class KeyExtractor<T, TKey, TFunc>(TFunc function) : KeyExtractor<T, TKey>
    where TFunc : struct, IRecordFunc<T, TKey>
{
    // A loop of its own gets all registers; inlined into its caller's, it spills in every turn.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public override void Extract(ReadOnlySpan<T> records, Span<TKey> keys, Span<ulong> hashes)
    {
        for (int i = 0; i < records.Length && i < keys.Length && i < hashes.Length; i++)
        {
            TKey key = function.Invoke(in records[i]);
            keys[i] = key;
            hashes[i] = KeyTraits<TKey>.Hash(in key);
        }
    }

    public override Receiver<TIn> CloseWithScatter<TIn>(FusedRun<TIn, T> run, ScatterOutput<T> output, Runtime.SubtaskBuilder builder)
        => run.Close(new ScatterStage<T, TKey, TFunc>(function, output), builder);
}
