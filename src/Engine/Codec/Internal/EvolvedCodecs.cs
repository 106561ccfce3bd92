using System.Collections.Concurrent;

namespace Gristmill.Codec.Internal;

/// <summary>The codecs that read data of another version of a type.</summary>
internal static class EvolvedCodecs
{
    private static readonly ConcurrentDictionary<(Type Type, Schema Written), object> Known = new();

    public static Codec<T> Get<T>(Schema written)
    {
        var native = (Codec<T>)NativeCodecs.Get(typeof(T));
        return written.Equals(native.Schema)
            ? native
            : (Codec<T>)Known.GetOrAdd((typeof(T), written), static key => new ReadOnlyCodec<T>(key.Written, (Codec<T>)EvolvedBuilder.Build(key.Type, key.Written)));
    }

    /// <summary>Lets nobody write in an old form, whatever the codec within could do.</summary>
    private sealed class ReadOnlyCodec<T>(Schema written, Codec<T> inner) : Codec<T>
    {
        public override Schema Schema => written;

        public override int? FixedSize => written.FixedSize;

        public override void Write(ByteWriter writer, in T value) =>
            throw new InvalidOperationException($"This codec reads {TypeNames.Short(typeof(T))} as another version wrote it. Write with Codecs.For<T>().");

        public override T Read(ref ByteReader reader) => inner.Read(ref reader);

        public override void ReadMany(ref ByteReader reader, Span<T> values) => inner.ReadMany(ref reader, values);
    }
}
