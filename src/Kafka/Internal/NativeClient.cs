using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>
/// Finds librdkafka: the one of the package, else the system's. The client asks the loader for "librdkafka" only, and
/// distributions name theirs librdkafka.so.1.
/// </summary>
internal static class NativeClient
{
    private const string Name = "librdkafka";

    private static readonly string[] SystemNames = ["librdkafka.so.1", "librdkafka.1.dylib"];

    private static readonly Lazy<string?> Problem = new(Load);

    /// <summary>Why no client can be made, a sentence with the remedy; null: one can.</summary>
    public static string? WhyMissing => Problem.Value;

    private static string? Load()
    {
        // This assembly's own calls go to the same library.
        NativeLibrary.SetDllImportResolver(typeof(NativeClient).Assembly, Resolve);
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // The application has set its own, and is trusted to know.
        }

        try
        {
            return Library.VersionString.Length == 0 ? "librdkafka says no version." : LeaderEpochs.StandInWhereMissing();
        }
        catch (Exception e) when (e is DllNotFoundException or InvalidOperationException)
        {
            return "Kafka's native client, librdkafka, was not found. Add the NuGet package librdkafka.redist to the application, "
                + $"or install the system's (Debian: apt-get install librdkafka1; macOS: brew install librdkafka). {e.Message}";
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Name)
            return 0;
        // The package puts it beside the managed client, whoever asks.
        if (NativeLibrary.TryLoad(name, typeof(Library).Assembly, path, out nint found))
            return found;
        foreach (string other in SystemNames)
        {
            if (NativeLibrary.TryLoad(other, out found))
                return found;
        }

        return 0;
    }
}
