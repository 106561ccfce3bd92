using System.Globalization;

namespace Gristmill.Checkpoints.Internal;

/// <summary>
/// The head of a job as a folder of numbered, create-only files; the highest number is the head. All calls block.
/// </summary>
/// <remarks>
/// docs/decisions/0003-head-as-numbered-files.md has the argument in full. In short: a file appears whole, by link(2), which
/// fails if the number is taken. A number is deleted only by one who has seen a number at least <see cref="Kept"/> higher, and
/// lower ones go before higher ones; so the highest only grows, and a number that becomes the highest was made by one mover,
/// who expected exactly the one before. What is left is the mover that slept until its number was not only taken but deleted
/// again: it makes a number nobody reads, finds that out by <see cref="Verify"/>, and removes it.
/// </remarks>
internal sealed class FileHead(FileTree tree)
{
    /// <summary>How many numbers below the highest stay, and the very first always: a job that had a head never has none.</summary>
    public const int Kept = 16;

    // A reader that finds the highest number deleted under it was overtaken by 16 moves; a hundred times in a row it was not.
    private const int MaxAttempts = 100;

    /// <summary>Called on entering each step, for tests that let others move in between.</summary>
    public Action<HeadStep>? OnStep { get; set; }

    /// <summary>The head, durable, or null.</summary>
    public StoredHead? Read(string job)
    {
        var folder = FolderOf(job);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var numbers = Numbers(folder);
            if (numbers.Count == 0)
                return null;
            OnStep?.Invoke(HeadStep.Listed);
            if (TryRead(folder, numbers.Max) is not { } file || File.Exists(PathOf(folder, numbers.Max + 1)))
                continue;
            // Its maker may have died between link and sync; nobody may act on a head that a power failure could take back.
            tree.SyncFolders(PathOf(folder, file.Number));
            return new StoredHead(file.Number, file.Content);
        }
        throw new CheckpointStoreException($"The head in '{folder}' kept moving away while being read. Is some process moving it in a loop?");
    }

    /// <summary>Makes the number after the expected one; see <see cref="ICheckpointStore.TryMoveHeadAsync"/>.</summary>
    public bool TryMove(string job, long expected, ReadOnlySpan<byte> content)
    {
        var folder = FolderOf(job);
        // The common refusals, before anything is made. What happens between here and the link is for Verify.
        if (Numbers(folder).Max != expected)
            return false;
        var before = HeadFile.None;
        if (expected > 0)
        {
            if (TryRead(folder, expected) is not { } current)
                return false;
            before = current.Id;
        }
        var mine = HeadFile.Create(expected + 1, before, content);
        var path = PathOf(folder, mine.Number);
        using (var temp = TempFile.Create(tree, path))
        {
            FileErrors.Guard(path, "write", () => RandomAccess.Write(temp.Handle, mine.Encode(), 0));
            OnStep?.Invoke(HeadStep.BeforeLink);
            if (!temp.Link())
                return false;
        }
        OnStep?.Invoke(HeadStep.AfterLink);
        // First durable, then true; when this throws the number is there all the same, and the outcome unknown.
        tree.SyncFolders(path);
        return Verify(folder, mine);
    }

    /// <summary>
    /// Whether the number just made was free because it was new, and not because it had been deleted. It was new if nothing
    /// higher is there and the file it follows still is the one it was: that one would have been deleted first. Each of the
    /// two would do; only for number 2, which follows the one that is never deleted, there is but the first.
    /// </summary>
    private static bool Verify(string folder, HeadFile mine)
    {
        var numbers = Numbers(folder);
        if (numbers.Count > 0 && numbers.Max > mine.Number)
            return WasFollowed(folder, mine);
        if (mine.Number > 1 && TryRead(folder, mine.Number - 1)?.Id != mine.Before)
            throw Unknown(folder, mine, "the number it followed is gone");
        RemoveOld(folder, numbers);
        return true;
    }

    /// <summary>Whether the next number was made upon this one: then this one was the head once. If not, it never was.</summary>
    private static bool WasFollowed(string folder, HeadFile mine)
    {
        // The first is never deleted, so it cannot be made twice.
        var next = TryRead(folder, mine.Number + 1);
        if (mine.Number == 1 || next?.Before == mine.Id)
            return true;
        // Not the head, whichever it is: higher numbers exist.
        if (TryRead(folder, mine.Number)?.Id == mine.Id)
            FileCalls.Delete(PathOf(folder, mine.Number));
        return next is null ? throw Unknown(folder, mine, $"others moved it on by more than {Kept}") : false;
    }

    /// <summary>Removes numbers far below the highest, lowest first; stops at the first that resists, to keep the order.</summary>
    private static void RemoveOld(string folder, SortedSet<long> numbers)
    {
        foreach (var number in numbers)
        {
            if (number > numbers.Max - Kept)
                return;
            try
            {
                if (number > 1)
                    FileCalls.Delete(PathOf(folder, number));
            }
            catch (CheckpointStoreException)
            {
                // The move has succeeded; the next one tries again.
                return;
            }
        }
    }

    private static HeadFile? TryRead(string folder, long number)
    {
        var path = PathOf(folder, number);
        return FileCalls.TryReadAll(path) is { } bytes ? HeadFile.Decode(bytes, path, number) : null;
    }

    private static SortedSet<long> Numbers(string folder)
    {
        var numbers = new SortedSet<long>();
        foreach (var path in FileCalls.List(folder))
        {
            if (long.TryParse(Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && path == PathOf(folder, number))
                numbers.Add(number);
        }
        return numbers;
    }

    private string FolderOf(string job) => Path.Combine(tree.Root, job, ObjectName.HeadPart);

    private static string PathOf(string folder, long number) =>
        Path.Combine(folder, number.ToString("D10", CultureInfo.InvariantCulture));

    private static CheckpointStoreException Unknown(string folder, HeadFile mine, string why) =>
        new($"Whether number {mine.Number} of the head in '{folder}' was made in time is unknown: {why}. Another process owns the job now, or files were removed by hand.");
}
