using System.Text;
using Gristmill.Runtime;

namespace Gristmill.TestKit.Simulation;

/// <summary>Who waits for what, for a run that does not end.</summary>
internal static class StuckReport
{
    public static string Describe(World world, Processes processes)
    {
        var report = new StringBuilder();
        foreach (SimulatedProcess process in processes.Alive)
        {
            JobStatus status = process.Master!.Progress.Status();
            report.AppendLine().Append("process ").Append(process.Number).Append(": ").Append(status)
                .Append(", ").Append(process.PendingPosts).Append(" posts");
            foreach (Subtask subtask in process.Subtasks.All)
            {
                report.AppendLine().Append("  ").Append(subtask.Label).Append(": watermark ").Append(subtask.Watermark)
                    .Append(", wakes ").Append(subtask.WakeAtMs == long.MaxValue ? "never" : $"in {subtask.WakeAtMs - world.UnixMs} ms");
            }
        }

        report.AppendLine().Append("under way: ").AppendJoin(", ", world.Pending.Where(pending => !pending.IsVoid).Select(pending => pending.What).Take(20));
        return report.ToString();
    }
}
