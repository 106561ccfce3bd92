namespace Gristmill.Files.Internal;

/// <summary>
/// Publishes staged files and removes orphans. All of it can be done again, and be done by two at once: each step leads from
/// "staged there" to "published there", and whoever finds the step done goes on. Runs on a pool thread.
/// </summary>
internal sealed class FilePublisher(string directory, StagingNames names)
{
    private readonly string _staging = Path.Combine(directory, StagingNames.Directory);

    public void Publish(IReadOnlyList<Staged<StagedFile>> staged, CancellationToken cancellationToken)
    {
        try
        {
            foreach (Staged<StagedFile> file in staged)
            {
                cancellationToken.ThrowIfCancellationRequested();
                PublishOne(file);
            }
            // The names before the marker: a marker without them would call lost output taken.
            DirectorySync.Flush(directory);
            MarkApplied(staged.Max(s => s.Epoch));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException && e is not SinkFileException)
        {
            throw SinkFileException.From(directory, e);
        }
    }

    /// <summary>
    /// Deletes what generations before this one staged. Their committed output is published by now, so what is left was never
    /// in a complete checkpoint. A later generation's files stay: then we are the zombie. An orphan does no harm, so one that
    /// can't be deleted is left to the next generation.
    /// </summary>
    public void RemoveOrphans(SinkContext context, CancellationToken cancellationToken)
    {
        foreach (string path in StagingFiles())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (names.GenerationOf(Path.GetFileName(path)) is not { } generation || generation >= context.Generation)
                continue;
            try
            {
                TryDelete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                SinkLog.OrphanStays(context.Logger, context.Operator, path, e.Message);
            }
        }
    }

    private void PublishOne(Staged<StagedFile> file)
    {
        string source = Path.Combine(directory, file.Value.Staged);
        string target = Path.Combine(directory, names.Published(file.Epoch, file.Subtask, file.Value.Extension));
        var sourceInfo = new FileInfo(source);
        if (sourceInfo.Exists)
        {
            if (sourceInfo.Length != file.Value.Length)
                throw new SinkFileException(source, $"The staged output '{source}' of epoch {file.Epoch} has {sourceInfo.Length:N0} bytes where the checkpoint holds {file.Value.Length:N0}; "
                    + "it was damaged. Go back to an older checkpoint.");
            if (File.Exists(target))
                Merge(source, target, file.Epoch);
            else
                Rename(source, target);
            return;
        }
        if (!File.Exists(target) && AppliedEpoch() < file.Epoch)
            throw new SinkFileException(source, $"The staged output '{source}' of epoch {file.Epoch} is lost: it is not there, and neither is '{target}'. "
                + "If the directory was moved or cleared, put it back; all hosts must see the same one. Else go back to an older checkpoint.");
    }

    private static void Rename(string source, string target)
    {
        try
        {
            // Overwriting is one rename(2); without it .NET makes a link and removes the old name, two steps to crash between.
            File.Move(source, target, overwrite: true);
        }
        catch (FileNotFoundException)
        {
            // Another committer of the same epoch was faster. It renamed it to the same name.
        }
    }

    /// <summary>
    /// Both names are there. If they hold the same, it is a rename cut in two by a file system that makes it of a link, or a
    /// copy put back: the staged one goes. If they do not, the published one is from another run, and neither replacing it
    /// nor dropping ours would be right.
    /// </summary>
    private static void Merge(string source, string target, long epoch)
    {
        bool same;
        try
        {
            same = SameContent(source, target);
        }
        catch (FileNotFoundException) when (!File.Exists(source))
        {
            // What we saw was another committer's rename, half a moment ago.
            return;
        }
        if (!same)
            throw new SinkFileException(target, $"'{target}' already holds other output than epoch {epoch} of this job: another run or sink published it. "
                + "Move it away, or give the sink another directory or Prefix.");
        TryDelete(source);
    }

    private static bool SameContent(string left, string right)
    {
        using FileStream a = File.OpenRead(left), b = File.OpenRead(right);
        if (a.Length != b.Length)
            return false;
        byte[] one = new byte[64 << 10], other = new byte[one.Length];
        int count;
        while ((count = a.ReadAtLeast(one, one.Length, throwOnEndOfStream: false)) > 0)
        {
            b.ReadExactly(other, 0, count);
            if (!one.AsSpan(0, count).SequenceEqual(other.AsSpan(0, count)))
                return false;
        }
        return true;
    }

    private void MarkApplied(long epoch)
    {
        if (AppliedEpoch() >= epoch)
            return;
        DirectorySync.Create(_staging);
        // Shared: another committer of the same epoch makes the same marker at the same time.
        using (new FileStream(Path.Combine(directory, names.Applied(epoch)), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
        }
        DirectorySync.Flush(_staging);
        foreach (string path in StagingFiles())
        {
            if (names.EpochOfMarker(Path.GetFileName(path)) < epoch)
                TryDelete(path);
        }
    }

    private long AppliedEpoch() => StagingFiles().Max(path => names.EpochOfMarker(Path.GetFileName(path))) ?? -1;

    private string[] StagingFiles() => Directory.Exists(_staging) ? Directory.GetFiles(_staging) : [];

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Gone with its directory.
        }
    }
}
