using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gristmill.Cli.Values;

namespace Gristmill.Cli;

/// <summary>How answers become JSON. The names are stable: scripts are built on them.</summary>
internal static class AnswerJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",

        // For terminals and jq, not for web pages: text of any language stays readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new EncodedValueConverter() },
    };
}
