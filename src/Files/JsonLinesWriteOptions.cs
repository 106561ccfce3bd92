using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gristmill.Files;

/// <summary>How JSON Lines are written: UTF-8, one JSON value a line, ended by LF.</summary>
/// <typeparam name="T">The record type.</typeparam>
public sealed class JsonLinesWriteOptions<T> : FileWriteOptions
{
    internal JsonLinesWriteOptions()
    {
    }

    /// <summary>
    /// The serializer's options. Default: <see cref="JsonSerializerOptions.Web"/> (camelCase). A value is one line whatever
    /// they say of indenting.
    /// </summary>
    public JsonSerializerOptions Serializer { get; set; } = JsonSerializerOptions.Web;

    /// <summary>The type's metadata from a source generator; takes the place of <see cref="Serializer"/>. Default: null.</summary>
    public JsonTypeInfo<T>? TypeInfo { get; set; }
}
