using System.Text.Json.Serialization.Metadata;

namespace Gristmill.Files.Internal;

/// <summary>Records as lines of JSON.</summary>
internal sealed class JsonLinesFormat<T>(JsonLinesWriteOptions<T> options) : IRecordFormat<T>
{
    private JsonTypeInfo<T>? _typeInfo;

    public FileWriteOptions Options => options;

    public string Extension => ".jsonl";

    private JsonTypeInfo<T> TypeInfo => _typeInfo ??= options.TypeInfo ?? (JsonTypeInfo<T>)options.Serializer.GetTypeInfo(typeof(T));

    public IEnumerable<string> Faults() => [.. options.Faults(), .. JsonTypes.Faults(() => TypeInfo)];

    public IRecordEncoder<T> NewEncoder() => new JsonRecordEncoder<T>(TypeInfo);
}
