namespace Gristmill.Codec.Internal;

internal sealed class HashSetCodec<T>(Schema schema, Codec<T> element) : SequenceCodec<HashSet<T>?, T>(schema, element)
{
    public override void Write(ByteWriter writer, in HashSet<T>? value)
    {
        if (value is null)
        {
            WriteNull(writer);
            return;
        }
        Comparers.Check(value.Comparer, value.GetType());
        WriteEach(writer, value.Count, value);
    }

    public override HashSet<T>? Read(ref ByteReader reader) => ReadItems(ref reader) is { } items ? new(items) : null;
}

internal sealed class SortedSetCodec<T>(Schema schema, Codec<T> element) : SequenceCodec<SortedSet<T>?, T>(schema, element)
{
    public override void Write(ByteWriter writer, in SortedSet<T>? value)
    {
        if (value is null)
        {
            WriteNull(writer);
            return;
        }
        Comparers.Check(value.Comparer, value.GetType());
        WriteEach(writer, value.Count, value);
    }

    public override SortedSet<T>? Read(ref ByteReader reader) => ReadItems(ref reader) is { } items ? new(items) : null;
}

/// <summary>A snapshot has no place for a comparer: a set that came back with another would hold other things.</summary>
internal static class Comparers
{
    public static void Check<T>(IEqualityComparer<T> comparer, Type collection)
    {
        // Ordinal is what the default does, under another name.
        if (!ReferenceEquals(comparer, EqualityComparer<T>.Default) && !ReferenceEquals(comparer, StringComparer.Ordinal))
            Refuse(comparer, collection);
    }

    public static void Check<T>(IComparer<T> comparer, Type collection)
    {
        if (!ReferenceEquals(comparer, Comparer<T>.Default))
            Refuse(comparer, collection);
    }

    private static void Refuse(object comparer, Type collection) => throw new InvalidOperationException(
        $"A {TypeNames.Short(collection)} with the comparer {comparer} can't be kept in a snapshot, which would lose the comparer. "
        + "Use the default one, and bring the keys into one form (e.g. ToUpperInvariant) before they go in.");
}
