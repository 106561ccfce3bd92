using FASTER.core;

namespace Gristmill.Spill;

/// <summary>Sizes of logs; tests make them small.</summary>
internal sealed record SpillSettings
{
    public const long LeastBudgetBytes = 1 << 20;

    /// <summary>For all tables of the process together.</summary>
    public required long MemoryBudgetBytes { get; init; }

    /// <summary>The least there is to be of it; tests go below.</summary>
    public long LeastBytes { get; init; } = LeastBudgetBytes;

    /// <summary>A record lies in one page, so none is larger. A power of two.</summary>
    public int PageBytes { get; init; } = 512 << 10;

    /// <summary>Pages of a log that are in memory: the one being filled, and those on their way to the disk. A power of two.</summary>
    public int Pages { get; init; } = 4;

    /// <summary>What is written at once, eight to a page, FASTER's own bytes beside it. At most 64 KB, for the place in it is part of an address.</summary>
    public int ChunkBytes => Math.Min(1 << 16, PageBytes / 8) - 64;

    /// <summary>So many chunks may be on their way to the disk before the table waits for it.</summary>
    public int MostUnwritten { get; init; } = 16;

    /// <summary>What a file of a log holds; a file is deleted when the last entry in it is gone. A power of two.</summary>
    public long FileBytes { get; init; } = 64 << 20;

    /// <summary>So many bytes of garbage are left alone.</summary>
    public long LeastGarbage { get; init; } = 64 << 20;

    /// <summary>Opens the files whose names begin so.</summary>
    public Func<string, IDevice> OpenDevice { get; init; } = path => new SpillDevice(path);
}
