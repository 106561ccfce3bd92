using System.Text.Json;
using System.Text.Json.Serialization;
using Gristmill.Checkpoints;

namespace Gristmill.Cli.Values;

/// <summary>Values of a checkpoint inside answers.</summary>
internal sealed class EncodedValueConverter : JsonConverter<EncodedValue>
{
    public override EncodedValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => throw new NotSupportedException("Answers are only written.");

    public override void Write(Utf8JsonWriter writer, EncodedValue value, JsonSerializerOptions options) => ValueJson.Write(writer, value.Schema, value.Read());
}
