using Gristmill.Codec;

namespace Gristmill.Engine.Tests.Codec;

/// <summary>What most tests of the codec do.</summary>
internal static class Coding
{
    public static byte[] Encode<T>(T value)
    {
        var writer = new ByteWriter(0);
        Codecs.For<T>().Write(writer, in value);
        return writer.ToArray();
    }

    public static T Decode<T>(byte[] bytes) => Decode(Codecs.For<T>(), bytes);

    public static T Decode<T>(Codec<T> codec, byte[] bytes)
    {
        var reader = new ByteReader(bytes);
        var value = codec.Read(ref reader);
        Assert.Equal(0, reader.Remaining);
        return value;
    }

    /// <summary>There and back, with the schema's own reader checked on the way: it must agree about the length.</summary>
    public static T RoundTrip<T>(T value)
    {
        var bytes = Encode(value);
        var schema = ThroughBytes(Codecs.For<T>().Schema);
        var reader = new ByteReader(bytes);
        schema.Skip(ref reader);
        Assert.Equal(0, reader.Remaining);
        if (Codecs.For<T>().FixedSize is { } size)
            Assert.Equal(size, bytes.Length);
        return Decode<T>(bytes);
    }

    public static object? Look<T>(T value)
    {
        var reader = new ByteReader(Encode(value));
        var seen = ThroughBytes(Codecs.For<T>().Schema).ReadValue(ref reader);
        Assert.Equal(0, reader.Remaining);
        return seen;
    }

    public static Schema ThroughBytes(Schema schema)
    {
        var writer = new ByteWriter();
        schema.WriteTo(writer);
        var reader = new ByteReader(writer.Written);
        var back = Schema.ReadFrom(ref reader);
        Assert.Equal(0, reader.Remaining);
        return back;
    }

    /// <summary>Reads as one type what was written as another.</summary>
    public static TNow Evolve<TThen, TNow>(TThen value) =>
        Decode(Codecs.For<TNow>(ThroughBytes(Codecs.For<TThen>().Schema)), Encode(value));

    public static string MismatchOf<TThen, TNow>() =>
        Assert.Throws<SchemaMismatchException>(() => Codecs.For<TNow>(ThroughBytes(Codecs.For<TThen>().Schema))).Message;

    public static CorruptDataException Corrupt<T>(params byte[] bytes) => Assert.Throws<CorruptDataException>(() => Decode<T>(bytes));
}
