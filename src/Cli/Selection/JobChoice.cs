using Gristmill.Checkpoints;

namespace Gristmill.Cli.Selection;

/// <summary>Finds the job a command is about.</summary>
internal static class JobChoice
{
    /// <summary>The job that was named, or the only one there is.</summary>
    /// <exception cref="UsageException">There is no such job, none at all, or several to choose from.</exception>
    public static async Task<string> FindAsync(Request request, CancellationToken cancellationToken)
    {
        if (request.Job is { } named)
            return await RequireAsync(request.Store, named, cancellationToken);
        List<string> jobs = await ListAsync(request.Store, cancellationToken);
        return jobs switch
        {
            [var only] => only,
            [] => throw new UsageException($"--store names {request.Store.Description}, which holds no job; name the folder above the jobs' own, or the store they really write to."),
            _ => throw new UsageException($"--job is missing, and {request.Store.Description} holds several jobs; name one of {Show.Names(jobs)}."),
        };
    }

    private static async Task<string> RequireAsync(ICheckpointStore store, string job, CancellationToken cancellationToken)
    {
        if (IsName(job))
        {
            if (await store.ReadHeadAsync(job, cancellationToken) is not null)
                return job;

            // One that has only savepoints has no head.
            await foreach (StoredObject _ in store.ListAsync(CheckpointLayout.JobPrefix(job), cancellationToken))
                return job;
        }

        List<string> jobs = await ListAsync(store, cancellationToken);
        string known = jobs.Count == 0 ? "it holds none" : $"it holds {Show.Names(jobs)}";
        throw new UsageException($"--job is '{job}', and {store.Description} holds no such job; {known}.");
    }

    private static bool IsName(string job) => ObjectName.IsValid(job) && !job.Contains('/', StringComparison.Ordinal);

    private static async Task<List<string>> ListAsync(ICheckpointStore store, CancellationToken cancellationToken)
    {
        var jobs = new List<string>();
        await foreach (StoredObject item in store.ListAsync("", cancellationToken))
        {
            CheckpointObject parsed = CheckpointLayout.Parse(item.Name);
            if (parsed.Kind != CheckpointObjectKind.Other && !jobs.Contains(parsed.Job))
                jobs.Add(parsed.Job);
        }

        return jobs;
    }
}
