using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gristmill.Files.Internal;

/// <summary>Encodes records as lines of JSON.</summary>
internal sealed class JsonRecordEncoder<T>(JsonTypeInfo<T> typeInfo) : IRecordEncoder<T>
{
    private OutputBuffer? _output;
    private Utf8JsonWriter? _writer;

    public void Begin(OutputBuffer output)
    {
        _output = output;
        // Never indented: a record is a line. The serializer has checked what it writes.
        _writer = new Utf8JsonWriter((IBufferWriter<byte>)output, new JsonWriterOptions { Encoder = typeInfo.Options.Encoder, Indented = false, SkipValidation = true });
    }

    public void Encode(ReadOnlySpan<T> records)
    {
        foreach (ref readonly T record in records)
        {
            JsonSerializer.Serialize(_writer!, record, typeInfo);
            _writer!.Flush();
            _writer.Reset();
            _output!.GetSpan(1)[0] = (byte)'\n';
            _output.Advance(1);
        }
    }

    public void End() => Dispose();

    public void Dispose()
    {
        _writer?.Dispose();
        (_writer, _output) = (null, null);
    }
}
