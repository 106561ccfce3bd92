using System.Text.Json;

namespace Gristmill.Checkpoints.Internal;

/// <summary>Looks at the format before anything else is believed: a newer format may mean anything by the rest.</summary>
internal static class FormatCheck
{
    /// <summary>Refuses JSON whose top-level <c>formatVersion</c> is missing or unknown.</summary>
    public static void Json(ReadOnlySpan<byte> json, string file, string part, int newestKnown)
    {
        var found = Find(json, file);
        if (found > newestKnown)
            throw new UnsupportedFormatException(file, part, found, newestKnown);
        if (found < 1)
            throw new CorruptCheckpointException(file, 0, $"a {part} with a formatVersion of 1 or more", $"{found}");
    }

    private static int Find(ReadOnlySpan<byte> json, string file)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var wanted = reader.ValueTextEquals("formatVersion"u8);
                    reader.Read();
                    if (wanted && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var version))
                        return version;
                    reader.Skip();
                }
            }
        }
        catch (JsonException e)
        {
            throw new CorruptCheckpointException(file, 0, "JSON", e.Message, e);
        }
        throw new CorruptCheckpointException(file, 0, "JSON with a formatVersion", "none");
    }
}
