using Gristmill.Codec.Internal;

namespace Gristmill.Codec;

/// <summary>Finds the codec of a type. Made once a type, then kept; thread-safe.</summary>
public static class Codecs
{
    /// <summary>The codec of a type.</summary>
    /// <exception cref="UnsupportedTypeException">The type can't be kept; says all its faults.</exception>
    public static Codec<T> For<T>() => Made<T>.Codec ?? (Codec<T>)NativeCodecs.Get(typeof(T));

    /// <summary>The <c>Codec&lt;T&gt;</c> of a type known only at run time.</summary>
    /// <exception cref="UnsupportedTypeException">The type can't be kept; says all its faults.</exception>
    public static object For(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return NativeCodecs.Get(type);
    }

    /// <summary>A codec that reads data of another version of the type: fields added since get the default they state (<see cref="System.ComponentModel.DefaultValueAttribute"/>, or that of their primary constructor's parameter) or their type's, removed ones are skipped, renamed ones found by <see cref="FormerNameAttribute"/>, widened numbers converted.</summary>
    /// <param name="writtenAs">The schema the data was written with.</param>
    /// <returns>The codec of the type if the schema is its own; else one that only reads.</returns>
    /// <exception cref="UnsupportedTypeException">The type can't be kept; says all its faults.</exception>
    /// <exception cref="SchemaMismatchException">The versions can't be reconciled; says all the fields.</exception>
    public static Codec<T> For<T>(Schema writtenAs)
    {
        ArgumentNullException.ThrowIfNull(writtenAs);
        return EvolvedCodecs.Get<T>(writtenAs);
    }

    /// <param name="writtenAs">The schema the data was written with.</param>
    /// <param name="faults">Mutants that tests plant.</param>
    internal static Codec<T> For<T>(Schema writtenAs, Protocol.ProtocolFaults faults)
        => (faults & Protocol.ProtocolFaults.DefaultsForAll) == 0 ? For<T>(writtenAs) : (Codec<T>)EvolvedBuilder.Build(typeof(T), writtenAs, faults);

    /// <summary>All that keeps a type from being kept in a snapshot, each with member and remedy; empty if nothing does.</summary>
    public static IReadOnlyList<string> Problems(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return TypeProblems.Of(type);
    }

    // A static readonly field of known class: once tiered up, the JIT calls the codec directly and inlines it.
    private static class Made<T>
    {
        public static readonly Codec<T>? Codec = TypeProblems.Of(typeof(T)).Count == 0 ? (Codec<T>)NativeCodecs.Get(typeof(T)) : null;
    }
}
