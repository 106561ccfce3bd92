using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Gristmill.Codec.Internal;

internal sealed class ArrayCodec<T>(Schema schema, Codec<T> element) : SequenceCodec<T[]?, T>(schema, element)
{
    public override void Write(ByteWriter writer, in T[]? value)
    {
        if (value is null)
            WriteNull(writer);
        else
            WriteSpan(writer, value);
    }

    public override T[]? Read(ref ByteReader reader) => ReadItems(ref reader);
}

internal sealed class ListCodec<T>(Schema schema, Codec<T> element) : SequenceCodec<List<T>?, T>(schema, element)
{
    public override void Write(ByteWriter writer, in List<T>? value)
    {
        if (value is null)
            WriteNull(writer);
        else
            WriteSpan(writer, CollectionsMarshal.AsSpan(value));
    }

    public override List<T>? Read(ref ByteReader reader)
    {
        if (!TryReadCount(ref reader, out var count))
            return null;
        var list = new List<T>(Room(count));
        for (var next = Room(count); ; next = Grown(next, count))
        {
            var read = list.Count;
            CollectionsMarshal.SetCount(list, next);
            Element.ReadMany(ref reader, CollectionsMarshal.AsSpan(list)[read..]);
            if (next == count)
                return list;
        }
    }
}

internal sealed class QueueCodec<T>(Schema schema, Codec<T> element) : SequenceCodec<Queue<T>?, T>(schema, element)
{
    public override void Write(ByteWriter writer, in Queue<T>? value)
    {
        if (value is null)
            WriteNull(writer);
        else
            WriteEach(writer, value.Count, value);
    }

    public override Queue<T>? Read(ref ByteReader reader) => ReadItems(ref reader) is { } items ? new(items) : null;
}

/// <summary>The bottom of the stack comes first, so that pushing what is read gives the stack again.</summary>
internal sealed class StackCodec<T>(Schema schema, Codec<T> element) : SequenceCodec<Stack<T>?, T>(schema, element)
{
    public override void Write(ByteWriter writer, in Stack<T>? value)
    {
        if (value is null)
        {
            WriteNull(writer);
            return;
        }
        var items = value.ToArray();
        items.AsSpan().Reverse();
        WriteSpan(writer, items);
    }

    public override Stack<T>? Read(ref ByteReader reader) => ReadItems(ref reader) is { } items ? new(items) : null;
}

internal sealed class ImmutableArrayCodec<T>(Schema schema, Codec<T> element) : SequenceCodec<ImmutableArray<T>, T>(schema, element)
{
    public override void Write(ByteWriter writer, in ImmutableArray<T> value)
    {
        if (value.IsDefault)
            WriteNull(writer);
        else
            WriteSpan(writer, value.AsSpan());
    }

    public override ImmutableArray<T> Read(ref ByteReader reader) => ImmutableCollectionsMarshal.AsImmutableArray(ReadItems(ref reader));
}

internal sealed class ImmutableListCodec<T>(Schema schema, Codec<T> element) : SequenceCodec<ImmutableList<T>?, T>(schema, element)
{
    public override void Write(ByteWriter writer, in ImmutableList<T>? value)
    {
        if (value is null)
            WriteNull(writer);
        else
            WriteEach(writer, value.Count, value);
    }

    public override ImmutableList<T>? Read(ref ByteReader reader) => ReadItems(ref reader) is { } items ? [.. items] : null;
}
