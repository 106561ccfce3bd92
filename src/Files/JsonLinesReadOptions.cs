using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gristmill.Files;

/// <summary>How JSON Lines are read: UTF-8, one JSON value a line, empty lines skipped, LF or CRLF.</summary>
/// <typeparam name="T">The record type.</typeparam>
public sealed class JsonLinesReadOptions<T> : FileReadOptions
{
    internal JsonLinesReadOptions()
    {
    }

    /// <summary>The serializer's options. Default: <see cref="JsonSerializerOptions.Web"/> (names without case, camelCase).</summary>
    public JsonSerializerOptions Serializer { get; set; } = JsonSerializerOptions.Web;

    /// <summary>The type's metadata from a source generator; takes the place of <see cref="Serializer"/>. Default: null.</summary>
    public JsonTypeInfo<T>? TypeInfo { get; set; }
}
