using System.Text.Json.Serialization.Metadata;

namespace Gristmill.Files.Internal;

internal sealed class JsonLinesSink<T>(string directory, JsonLinesWriteOptions<T> options) : FileSink<T>(directory, options, ".jsonl")
{
    private JsonTypeInfo<T>? _typeInfo;

    private JsonTypeInfo<T> TypeInfo => _typeInfo ??= options.TypeInfo ?? (JsonTypeInfo<T>)options.Serializer.GetTypeInfo(typeof(T));

    public override IEnumerable<string> Validate() => [.. base.Validate(), .. JsonTypes.Faults(() => TypeInfo)];

    protected override IRecordEncoder<T> NewEncoder() => new JsonRecordEncoder<T>(TypeInfo);
}
