namespace Gristmill.Samples.Flights;

/// <summary>What the command line says.</summary>
/// <param name="Input">A file or a pattern.</param>
/// <param name="Output">The folder of <c>report</c> and <c>late</c>.</param>
/// <param name="Checkpoints">The folder of the checkpoints.</param>
/// <param name="Interval">From one checkpoint to the next.</param>
/// <param name="Parallelism">Subtasks of each operator.</param>
/// <param name="Lateness">How far out of order flights are still in time.</param>
/// <param name="RowsPerSecond">A limit to the reading, or none.</param>
internal sealed record Settings(
    string Input, string Output, string Checkpoints, TimeSpan Interval, int Parallelism, TimeSpan Lateness, double? RowsPerSecond)
{
    /// <summary>The flights that come with the sample.</summary>
    public static string OwnInput { get; } = Path.Combine(AppContext.BaseDirectory, "data", "flights.csv.gz");
}
