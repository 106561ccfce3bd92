using System.Text.Json.Serialization.Metadata;

namespace Gristmill.Files.Internal;

internal sealed class JsonLinesSource<T>(InputFiles files, JsonLinesReadOptions<T> options) : FileSource<T>(files, options)
{
    private JsonTypeInfo<T>? _typeInfo;

    // Made once and early: a type the serializer can't read fails at the start and not at its first line.
    private JsonTypeInfo<T> TypeInfo => _typeInfo ??= options.TypeInfo ?? (JsonTypeInfo<T>)options.Serializer.GetTypeInfo(typeof(T));

    public override IEnumerable<string> Validate() => [.. base.Validate(), .. JsonTypes.Faults(() => TypeInfo)];

    protected override SplitReader<T, FilePosition> OpenReader(SplitOpener opener, FilePosition position, SourceContext context) =>
        new JsonLinesReader<T>(TypeInfo, opener, position, options, context);

    protected override Preamble ReadPreamble(InputFile file, string path) => Preamble.WithoutHeader(file);
}
