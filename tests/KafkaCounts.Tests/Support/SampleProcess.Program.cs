namespace Gristmill.Flights.Tests;

/// <content>The sample these tests run.</content>
internal sealed partial class SampleProcess
{
    private const string Program = "Gristmill.KafkaCounts.dll";
}
