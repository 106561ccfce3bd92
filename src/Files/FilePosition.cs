namespace Gristmill.Files;

/// <summary>
/// Where the reader of a file is, and which file it was: enough to go on exactly there, and to notice that the file is
/// no longer the one the checkpoint speaks of.
/// </summary>
/// <param name="Offset">The byte offset of the next record in the uncompressed data.</param>
/// <param name="Line">The line there, from 1. In a split that is a byte range it counts from the range's first line.</param>
/// <param name="InLine">Whether the offset is inside a line whose rest is to be passed over.</param>
/// <param name="End">For a byte range the offset at which it ends: records that begin before it belong to it. 0 for a whole file.</param>
/// <param name="FileLength">The file's length on disk when it was discovered; what is appended later is not read.</param>
/// <param name="FileMark">A hash of the file's first and last bytes.</param>
public readonly record struct FilePosition(
    long Offset, long Line, bool InLine, long End, long FileLength, long FileMark);
