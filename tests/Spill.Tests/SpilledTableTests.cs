using Gristmill.Engine.Tests;
using Gristmill.Engine.Tests.Checkpoints;
using Gristmill.Engine.Tests.State;

namespace Gristmill.Spill.Tests;

/// <summary>The container of all keyed state with most of it in FASTER's log, against a dictionary.</summary>
public sealed class SpilledTableTests
{
    private const int Steps = 4000;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 3)];

    [Theory, MemberData(nameof(Seeds))]
    public void With_number_keys_each_snapshot_is_the_state_at_its_barrier(int seed)
    {
        using var folder = new TempFolder();
        new TableModel<long, long>(seed, number => number * 7919, number => number, Backend(folder, seed * 4000)).Run(Steps);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Theory, MemberData(nameof(Seeds))]
    public void With_string_keys_and_no_memory_at_all_each_snapshot_is_the_state_at_its_barrier(int seed)
    {
        using var folder = new TempFolder();
        new TableModel<string, string>(seed, number => $"key {number}", number => $"value {number}", Backend(folder, 1)).Run(Steps);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void With_all_states_beside_the_entry_each_snapshot_is_the_state_at_its_barrier(int seed)
    {
        using var folder = new TempFolder();
        new TableModel<(int, string), NoInline>(seed, number => ((int)number, $"{number}"), null, Backend(folder, seed * 20_000)).Run(Steps);
    }

    private static SpillBackend Backend(TempFolder folder, long memory) => new(folder.Path, Tiny.Settings with { MemoryBudgetBytes = memory });
}
