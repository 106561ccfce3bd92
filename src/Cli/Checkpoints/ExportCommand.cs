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
        Manifest manifest = selected.Manifest;
        string savepoint = name ?? selected.Savepoint ?? $"checkpoint-{manifest.Checkpoint}-g{manifest.Generation}";
        long total = manifest.Blocks.Sum(block => block.Length);
        try
        {
            // Its job may have died before it published what is staged.
            ManifestReference written = await Savepoint.WriteAsync(
                request.Store, manifest, to, savepoint, withStaged: true, done => request.Output.Progress($"exporting: {Show.Bytes(done)} of {Show.Bytes(total)}"), cancellationToken);
            request.Output.EndProgress();
            return new ExportAnswer(request.Store.Description, selected.Job, manifest.Checkpoint, to.Description, savepoint, written.Manifest, written.Hash, manifest.Blocks.Count, total);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"--name is '{savepoint}', which is no legal name: use letters, digits and -_+=@., neither first nor last a dot.", e);
        }
        catch (ObjectExistsException e)
        {
            throw new UsageException($"--name is '{savepoint}', and {to.Description} has a savepoint of that name; choose another --name.", e);
        }
    }
}

/// <summary>What <c>checkpoints export</c> answers.</summary>
internal sealed record ExportAnswer(string Store, string Job, long Checkpoint, string Target, string Savepoint, string Manifest, string Hash, int Blocks, long Bytes);
