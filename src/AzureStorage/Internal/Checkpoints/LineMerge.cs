namespace Gristmill.AzureStorage.Internal;

/// <summary>A committed block of a blob of lines.</summary>
internal readonly record struct LineBlock(string Id, long Length);

/// <summary>Which blocks of a blob of lines to replace by one: so many from the first, so many bytes from the offset.</summary>
internal readonly record struct LineMerge(int First, int Count, long Offset, int Length)
{
    /// <summary>So many small blocks are left alone.</summary>
    public const int Tolerated = 256;

    /// <summary>
    /// The newest blocks are never merged: an appender whose answer was lost looks for its block among them. It is mistaken
    /// only if so many others appended before it looked.
    /// </summary>
    public const int Newest = 32;

    private const int Small = 4 << 20;
    private const int Most = 8 << 20;

    /// <summary>The merge that is due, if one is. The oldest small blocks come first, so that what is large stays as it is.</summary>
    public static LineMerge? Plan(IReadOnlyList<LineBlock> blocks)
    {
        if (blocks.Count(block => block.Length < Small) <= Tolerated)
            return null;
        long offset = 0;
        for (int first = 0; first < blocks.Count - Newest; offset += blocks[first++].Length)
        {
            (int count, long length) = (0, 0);
            while (first + count < blocks.Count - Newest && length + blocks[first + count].Length <= Most)
                length += blocks[first + count++].Length;
            if (count > 1 && blocks[first].Length < Small)
                return new LineMerge(first, count, offset, (int)length);
        }
        return null;
    }
}
