namespace Gristmill.Checkpoints.Internal;

/// <summary>Lists objects, and removes old temporary files it passes. All calls block.</summary>
internal static class FileListing
{
    // No write takes a day, whatever the clocks of the machines say.
    private static readonly TimeSpan TempFileAge = TimeSpan.FromDays(1);

    /// <summary>The objects whose name begins with the prefix, in ordinal order.</summary>
    public static List<StoredObject> List(FileTree tree, string prefix)
    {
        var folderLength = prefix.LastIndexOf('/') + 1;
        var found = new List<StoredObject>();
        Walk(tree, new DirectoryInfo(tree.PathOf(prefix[..folderLength])), prefix[..folderLength], prefix, found);
        found.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return found;
    }

    private static void Walk(FileTree tree, DirectoryInfo folder, string folderName, string prefix, List<StoredObject> found)
    {
        foreach (var entry in Entries(folder))
        {
            var name = folderName + entry.Name;
            if (entry is DirectoryInfo child)
            {
                var childName = name + "/";
                if (childName.StartsWith(prefix, StringComparison.Ordinal))
                    Walk(tree, child, childName, prefix, found);
            }
            else if (entry.Name.StartsWith(TempFile.Prefix, StringComparison.Ordinal))
            {
                RemoveIfOld(tree, entry);
            }
            // The numbered files of a head are no legal names, and so left out.
            else if (name.StartsWith(prefix, StringComparison.Ordinal) && ObjectName.IsValid(name) && entry is FileInfo { Exists: true } file)
            {
                found.Add(new StoredObject(name, file.Length, file.LastWriteTimeUtc));
            }
        }
    }

    private static FileSystemInfo[] Entries(DirectoryInfo folder) => FileErrors.Guard(folder.FullName, "list", () =>
    {
        try
        {
            return folder.GetFileSystemInfos();
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    });

    private static void RemoveIfOld(FileTree tree, FileSystemInfo file)
    {
        if (tree.Time.GetUtcNow() - file.LastWriteTimeUtc < TempFileAge)
            return;
        try
        {
            file.Delete();
        }
        catch (Exception e) when (FileErrors.IsIo(e))
        {
            // Somebody else's turn; it does no harm meanwhile.
        }
    }
}
