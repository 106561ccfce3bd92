using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

using Gristmill.Protocol;

namespace Gristmill.Checkpoints.Internal;

/// <summary>The JSON of manifests, heads and history lines; generated, so that it works trimmed and ahead of time.</summary>
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(HeadContent))]
[JsonSerializable(typeof(CheckpointAttempt))]
[JsonSerializable(typeof(List<BlockInfo>))]
internal sealed partial class CheckpointJson : JsonSerializerContext
{
    /// <summary>For people: indented, one property a line.</summary>
    public static CheckpointJson Indented { get; } = new(Create(indented: true));

    /// <summary>For line files: everything on one line.</summary>
    public static CheckpointJson Line { get; } = new(Create(indented: false));

    /// <summary>Reads what must be whole; anything else is damage.</summary>
    public static T Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string file)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type)
                ?? throw new CorruptCheckpointException(file, 0, $"a {typeof(T).Name} as JSON", "null");
        }
        catch (JsonException e)
        {
            throw new CorruptCheckpointException(file, e.BytePositionInLine ?? 0, $"a {typeof(T).Name} as JSON", e.Message, e);
        }
    }

    private static JsonSerializerOptions Create(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = indented,
        // The same bytes on every platform, so that hashes can be compared.
        NewLine = "\n",
        // A missing list or name is damage, never a null that surfaces somewhere else.
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        Converters =
        {
            new JsonStringEnumConverter<BlockKind>(JsonNamingPolicy.CamelCase, allowIntegerValues: false),
            new JsonStringEnumConverter<CheckpointKind>(JsonNamingPolicy.CamelCase, allowIntegerValues: false),
            new JsonStringEnumConverter<CheckpointOutcome>(JsonNamingPolicy.CamelCase, allowIntegerValues: false),
        },
    };
}
