using System.CommandLine;
using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;

namespace Gristmill.Cli.Checkpoints;

/// <summary><c>checkpoints rollback</c>: a job goes on from an older checkpoint.</summary>
internal static class RollbackCommand
{
    public static Command Create(CommandFactory factory)
    {
        var to = new Option<long>("--to") { Description = "The checkpoint to go back to: one that checkpoints list shows.", HelpName = "N", Required = true };
        var yes = new Option<bool>("--yes") { Description = "Does it. Stop the job first: one that runs is fenced off by this." };
        return factory.Create(
            "rollback", "Makes an older checkpoint's content the newest one, from which the job goes on. What was published since stays, and what is read again gives its output again.", [to, yes],
            async (request, parsed, cancellationToken) =>
            {
                if (!parsed.GetValue(yes))
                    throw new UsageException("rollback takes the job over and lets it read again what came since, so that this output comes twice: give --yes if that is what you want, and stop the job first.");
                RollbackAnswer answer = await RunAsync(request, parsed.GetValue(to), cancellationToken);
                if (request.IsJson)
                    await request.Output.WriteJsonAsync(answer, cancellationToken);
                else
                    request.Output.WriteLine($"Job '{answer.Job}' goes on from checkpoint {answer.Checkpoint}, which holds what checkpoint {answer.From} held. To undo it, roll back to {answer.Before}.");
                return ExitCodes.Fine;
            });
    }

    private static async Task<RollbackAnswer> RunAsync(Request request, long to, CancellationToken cancellationToken)
    {
        string job = await JobChoice.FindAsync(request, cancellationToken);
        try
        {
            ManifestReference made = await CheckpointRollback.ApplyAsync(request.Store, job, to, TimeProvider.System, cancellationToken);
            return new RollbackAnswer(request.Store.Description, job, to, made.Checkpoint, made.Checkpoint - 1, made.Manifest);
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"--to is {to}: {e.Message}", e);
        }
        catch (JobFencedException e)
        {
            throw new UsageException($"Job '{job}' was taken over by another process meanwhile; stop it, and try again.", e);
        }
    }
}

/// <summary>What <c>checkpoints rollback</c> answers.</summary>
/// <param name="Store">The store.</param>
/// <param name="Job">The job.</param>
/// <param name="From">The checkpoint gone back to.</param>
/// <param name="Checkpoint">The new one with its content.</param>
/// <param name="Before">The newest one before.</param>
/// <param name="Manifest">The new one's manifest.</param>
internal sealed record RollbackAnswer(string Store, string Job, long From, long Checkpoint, long Before, string Manifest);
