using System.CommandLine;
using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;

namespace Gristmill.Cli.Checkpoints;

/// <summary><c>checkpoints export</c>: a checkpoint as a savepoint, which needs no other file and is never collected.</summary>
internal static class ExportCommand
{
    public static Command Create(CommandFactory factory)
    {
        var choice = new CheckpointChoice();
        var target = new TargetOptions(factory, "The store to write it to: a folder, which is made if need be, or what --store accepts.");
        var name = new Option<string?>("--name") { Description = "The savepoint's name. Default: checkpoint-N-gG, by number and generation.", HelpName = "NAME" };
        return factory.Create(
            "export", "Writes a checkpoint as a savepoint: all its blocks in one file beside their manifest, under one folder.", [.. target.All, name, .. choice.All],
            async (request, parsed, cancellationToken) =>
            {
                Selected selected = await choice.OpenAsync(request, parsed, cancellationToken);
                ICheckpointStore to = target.Open(parsed);
                ExportAnswer answer = await RunAsync(request, selected, to, parsed.GetValue(name), cancellationToken);
                if (request.IsJson)
                    await request.Output.WriteJsonAsync(answer, cancellationToken);
                else
                    request.Output.WriteLine($"{selected.Title}: {Show.Count(answer.Blocks, "block")}, {Show.Bytes(answer.Bytes)}, exported to {answer.Target} as savepoint '{answer.Savepoint}' ({answer.Manifest})");
                return ExitCodes.Fine;
            });
    }

    private static async Task<ExportAnswer> RunAsync(Request request, Selected selected, ICheckpointStore to, string? name, CancellationToken cancellationToken)
    {
        string savepoint = name ?? selected.Savepoint ?? $"checkpoint-{selected.Manifest.Checkpoint}-g{selected.Manifest.Generation}";
        string prefix = PrefixOf(selected.Job, savepoint);
        if (await to.GetLengthAsync(prefix + Savepoints.ManifestName, cancellationToken) is not null)
            throw new UsageException($"--name is '{savepoint}', and {to.Description} has a savepoint of that name; choose another --name.");
        try
        {
            List<BlockInfo> blocks = await WriteBlocksAsync(request, selected, to, prefix + "blocks.state", cancellationToken);
            ManifestReference written = await ManifestFile.WriteAsAsync(to, prefix + Savepoints.ManifestName, selected.Manifest with { Blocks = blocks }, cancellationToken);
            return new ExportAnswer(
                request.Store.Description, selected.Job, selected.Manifest.Checkpoint, to.Description, savepoint, written.Manifest, written.Hash, blocks.Count, blocks.Sum(block => block.Length));
        }
        catch (ObjectExistsException e)
        {
            throw new UsageException($"--name is '{savepoint}', and an export of that name was begun in {to.Description} and not finished; choose another --name.", e);
        }
    }

    private static string PrefixOf(string job, string savepoint)
    {
        try
        {
            return CheckpointLayout.SavepointPrefix(job, savepoint);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"--name is '{savepoint}', which is no legal name: use letters, digits and -_+=@., neither first nor last a dot.", e);
        }
    }

    private static async Task<List<BlockInfo>> WriteBlocksAsync(Request request, Selected selected, ICheckpointStore to, string file, CancellationToken cancellationToken)
    {
        var written = new List<BlockInfo>();
        if (selected.Manifest.Blocks.Count == 0)
            return written;
        long total = selected.Manifest.Blocks.Sum(block => block.Length);
        await using CheckpointFile target = await CheckpointFile.CreateAsync(to, file, cancellationToken);
        foreach (BlockInfo info in selected.Manifest.Blocks)
        {
            request.Output.Progress($"exporting: {Show.Bytes(target.Length)} of {Show.Bytes(total)}");
            Block block = await BlockReader.ReadAsync(request.Store, info, cancellationToken);
            written.Add(await target.AppendAsync(block.Header, block.Payload, cancellationToken));
        }

        await target.CompleteAsync(cancellationToken);
        request.Output.EndProgress();
        return written;
    }
}

/// <summary>What <c>checkpoints export</c> answers.</summary>
internal sealed record ExportAnswer(string Store, string Job, long Checkpoint, string Target, string Savepoint, string Manifest, string Hash, int Blocks, long Bytes);
