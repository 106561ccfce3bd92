using System.CommandLine;
using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;

namespace Gristmill.Cli.Checkpoints;

/// <summary><c>checkpoints verify</c>: whether checkpoints could be restored.</summary>
internal static class VerifyCommand
{
    public static Command Create(CommandFactory factory)
    {
        var choice = new CheckpointChoice();
        var all = new Option<bool>("--all") { Description = "All committed checkpoints and savepoints, not one." };
        return factory.Create(
            "verify", "Reads every block and checks its hash. Exit code 1 if anything is damaged or missing.", [.. choice.All, all],
            async (request, parsed, cancellationToken) =>
            {
                if (parsed.GetValue(all) && choice.IsGiven(parsed))
                    throw new UsageException("--all is given together with --checkpoint or --savepoint; leave one out.");
                VerifyAnswer answer = parsed.GetValue(all)
                    ? await VerifyAllAsync(request, cancellationToken)
                    : await VerifyOneAsync(request, choice, parsed, cancellationToken);
                if (request.IsJson)
                    await request.Output.WriteJsonAsync(answer, cancellationToken);
                else
                    Write(request.Output, answer);
                return answer.Ok ? ExitCodes.Fine : ExitCodes.Bad;
            });
    }

    private static async Task<VerifyAnswer> VerifyAllAsync(Request request, CancellationToken cancellationToken)
    {
        string job = await JobChoice.FindAsync(request, cancellationToken);
        var verification = new Verification(request.Store, request.Output);
        var verified = new List<VerifiedCheckpoint>();
        foreach (ManifestReference reference in await CheckpointChoice.CommittedAsync(request.Store, job, cancellationToken))
            verified.Add(await verification.RunAsync(reference, cancellationToken));
        foreach (string savepoint in await Savepoints.ListAsync(request.Store, job, cancellationToken))
            verified.Add(await VerifySavepointAsync(request.Store, verification, job, savepoint, cancellationToken));
        return new VerifyAnswer(request.Store.Description, job, verified.TrueForAll(one => one.Ok), verified);
    }

    private static async Task<VerifyAnswer> VerifyOneAsync(Request request, CheckpointChoice choice, ParseResult parsed, CancellationToken cancellationToken)
    {
        string job = await JobChoice.FindAsync(request, cancellationToken);
        var verification = new Verification(request.Store, request.Output);
        VerifiedCheckpoint verified = choice.SavepointOf(parsed) is { } savepoint
            ? await VerifySavepointAsync(request.Store, verification, job, savepoint, cancellationToken)
            : await verification.RunAsync(await choice.FindAsync(request.Store, job, parsed, cancellationToken), cancellationToken);
        return new VerifyAnswer(request.Store.Description, job, verified.Ok, [verified]);
    }

    private static async Task<VerifiedCheckpoint> VerifySavepointAsync(
        ICheckpointStore store, Verification verification, string job, string savepoint, CancellationToken cancellationToken)
    {
        try
        {
            return await verification.RunAsync(await Savepoints.OpenAsync(store, job, "--savepoint", savepoint, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (Verification.IsDamage(e))
        {
            return Verification.Unreadable(null, savepoint, Savepoint.ManifestName(job, savepoint), e);
        }
    }

    private static void Write(ToolOutput output, VerifyAnswer answer)
    {
        foreach (VerifiedCheckpoint one in answer.Checkpoints)
        {
            string title = one.Savepoint is null ? $"checkpoint {one.Checkpoint}" : $"savepoint '{one.Savepoint}'";
            output.WriteLine($"{title}: {(one.Ok ? "whole" : "DAMAGED")}, {Show.Count(one.Blocks, "block")}, {Show.Bytes(one.Bytes)}");
            foreach (VerifiedFault fault in one.Faults)
            {
                string whose = fault.Operator is null ? "" : $"{fault.Operator}#{fault.Subtask} {fault.Block}: ";
                output.WriteLine($"  {whose}{fault.Problem}");
            }
        }

        int damaged = answer.Checkpoints.Count(one => !one.Ok);
        output.WriteLine(damaged == 0
            ? $"Job '{answer.Job}': {Show.Count(answer.Checkpoints.Count, "checkpoint")} verified, nothing is wrong."
            : $"Job '{answer.Job}': {damaged} of {Show.Count(answer.Checkpoints.Count, "checkpoint")} can't be restored. A start falls back to the newest that is whole; docs/operations.md says what that means.");
    }
}

/// <summary>What <c>checkpoints verify</c> answers.</summary>
internal sealed record VerifyAnswer(string Store, string Job, bool Ok, IReadOnlyList<VerifiedCheckpoint> Checkpoints);

/// <summary>A checkpoint that was verified. Its number is null where the manifest that says it can't be read.</summary>
internal sealed record VerifiedCheckpoint(long? Checkpoint, string? Savepoint, bool Ok, int Blocks, long Bytes, IReadOnlyList<VerifiedFault> Faults);

/// <summary>Something that is wrong; operator, block and subtask are null where no single block is concerned.</summary>
internal sealed record VerifiedFault(string File, long Offset, string? Operator, string? Block, int? Subtask, string Problem);
