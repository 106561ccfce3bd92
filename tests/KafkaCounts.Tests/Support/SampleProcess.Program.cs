using System.Reflection;

namespace Gristmill.Flights.Tests;

/// <content>The sample these tests run.</content>
internal sealed partial class SampleProcess
{
    private static string Program { get; } = Path.GetFullPath(
        typeof(SampleProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(metadata => metadata.Key == "KafkaCounts").Value!);
}
