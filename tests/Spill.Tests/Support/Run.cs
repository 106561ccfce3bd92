using Gristmill.Spill;

namespace Gristmill.Engine.Tests;

/// <content>All jobs have room for a handful of entries.</content>
internal static partial class Run
{
    static partial void Prepare(GristmillOptions options)
        => options.State.Spill = new SpillBackend(Path.Combine(Path.GetTempPath(), "gristmill-spill-tests"), Tiny.Settings);
}

/// <summary>Logs of small pages and files, and memory for next to nothing.</summary>
internal static class Tiny
{
    public static SpillSettings Settings { get; } = new()
    {
        MemoryBudgetBytes = 64,
        LeastBytes = 0,
        PageBytes = 16 << 10,
        Pages = 2,
        FileBytes = 64 << 10,
        LeastGarbage = 32 << 10,
    };
}
