namespace Gristmill.Files.Internal;

/// <summary>What filling a record needs of one reader: where each member's field is in this file's rows, and its texts seen so far.</summary>
internal sealed class CsvColumns(int[] index, int count)
{
    /// <summary>The field of each member, or -1 where there is none.</summary>
    public readonly int[] Index = index;

    /// <summary>How many fields a row has.</summary>
    public readonly int Count = count;

    /// <summary>The texts of each member's column.</summary>
    public readonly TextCache?[] Texts = new TextCache?[index.Length];
}
