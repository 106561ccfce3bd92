using System.Text.Json.Serialization.Metadata;

namespace Gristmill.Files.Internal;

internal static class JsonTypes
{
    /// <summary>The fault of a type the serializer has no way to handle.</summary>
    public static IEnumerable<string> Faults<T>(Func<JsonTypeInfo<T>> typeInfo)
    {
        try
        {
            typeInfo();
            return [];
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException)
        {
            return [$"JSON can't be mapped to {typeof(T)}: {e.Message} Set Serializer or TypeInfo to metadata that covers the type."];
        }
    }
}
