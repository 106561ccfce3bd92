using System.CommandLine;
using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;

namespace Gristmill.Cli.Checkpoints;

/// <summary><c>checkpoints copy</c>: a checkpoint in another store, from which the job can go on.</summary>
internal static class CopyCommand
{
    public static Command Create(CommandFactory factory)
    {
        var choice = new CheckpointChoice();
        var target = new TargetOptions(factory, "The store to copy to: a folder, which is made if need be, or what --store accepts.");
        var moveHead = new Option<bool>("--move-head")
        {
            Description = "Makes the copy the job's newest checkpoint there although it has others. A job that runs on that store is fenced and stops.",
        };
        return factory.Create(
            "copy", "Copies a checkpoint with all files it needs to another store; then its head, if the job has none there.", [.. target.All, moveHead, .. choice.All],
            async (request, parsed, cancellationToken) =>
            {
                Selected selected = await choice.OpenAsync(request, parsed, cancellationToken);
                if (selected.Savepoint is not null && parsed.GetValue(moveHead))
                    throw new UsageException("--move-head is given with --savepoint, and no head can name a savepoint; leave one out.");
                ICheckpointStore to = target.Open(parsed);
                CopyAnswer answer = await RunAsync(request, selected, to, parsed.GetValue(moveHead), cancellationToken);
                if (request.IsJson)
                    await request.Output.WriteJsonAsync(answer, cancellationToken);
                else
                    Write(request.Output, answer, selected);
                return ExitCodes.Fine;
            });
    }

    private static async Task<CopyAnswer> RunAsync(Request request, Selected selected, ICheckpointStore to, bool moveHead, CancellationToken cancellationToken)
    {
        var copied = new List<CopiedFile>();
        var copy = new ObjectCopy(request.Store, to);
        foreach (IGrouping<string, BlockInfo> file in selected.Manifest.Blocks.GroupBy(block => block.File, StringComparer.Ordinal))
        {
            request.Output.Progress($"copying {file.Key}");
            copied.Add(await copy.CopyFileAsync(file.Key, [.. file.OrderBy(block => block.Offset)], cancellationToken));
        }

        // The manifest last: what it names is there from its first moment on.
        copied.Add(await copy.CopyManifestAsync(selected.Reference, cancellationToken));
        request.Output.EndProgress();
        HeadChange head = selected.Savepoint is null ? await TargetHead.PointAtAsync(to, selected, moveHead, cancellationToken) : HeadChange.NotAsked;
        return new CopyAnswer(request.Store.Description, selected.Job, selected.Manifest.Checkpoint, selected.Savepoint, to.Description, head, copied);
    }

    private static void Write(ToolOutput output, CopyAnswer answer, Selected selected)
    {
        long bytes = answer.Files.Where(file => !file.WasThere).Sum(file => file.Bytes);
        int there = answer.Files.Count(file => file.WasThere);
        output.WriteLine($"{selected.Title}: {Show.Count(answer.Files.Count - there, "file")}, {Show.Bytes(bytes)}, copied to {answer.Target}{(there == 0 ? "" : $"; {there} were there already")}");
        output.WriteLine(answer.Head switch
        {
            HeadChange.Created => "The job had no head there and now has: started on that store, it goes on from this checkpoint.",
            HeadChange.Moved => "The head there was moved: started on that store, the job goes on from this checkpoint.",
            HeadChange.NamesIt => "The head there names it as the newest already.",
            HeadChange.Kept => "The job has a head there, which was left as it is: the copy is not one of its committed checkpoints. --move-head makes it the newest.",
            _ => "A savepoint needs no head.",
        });
    }
}

/// <summary>What <c>checkpoints copy</c> answers.</summary>
internal sealed record CopyAnswer(string Store, string Job, long Checkpoint, string? Savepoint, string Target, HeadChange Head, IReadOnlyList<CopiedFile> Files);

/// <summary>An object that was copied, or was there, the same, before.</summary>
internal sealed record CopiedFile(string File, long Bytes, bool WasThere);

/// <summary>What became of the head in the target.</summary>
internal enum HeadChange
{
    /// <summary>There was none.</summary>
    Created,

    /// <summary>It named others and names the copy now.</summary>
    Moved,

    /// <summary>It named the copy before.</summary>
    NamesIt,

    /// <summary>It names others.</summary>
    Kept,

    /// <summary>A savepoint was copied.</summary>
    NotAsked,
}
