using Gristmill.Checkpoints;
using Microsoft.Extensions.Logging;

namespace Gristmill.Engine.Tests;

/// <summary>A job written as a lambda.</summary>
internal sealed class LambdaJob(Action<JobBuilder> build) : IJob
{
    public void Build(JobBuilder job) => build(job);
}

/// <summary>Short forms for running jobs in tests: small batches, no checkpoints but those asked for, no restarts.</summary>
internal static partial class Run
{
    public static GristmillOptions Options(int parallelism = 1, ICheckpointStore? store = null, Action<GristmillOptions>? configure = null)
    {
        var options = new GristmillOptions
        {
            Parallelism = parallelism,
            WorkerThreads = 2,
            BatchSize = 4,
            ChannelCapacity = 2,
            KeyGroups = 16,
            Checkpoints = { Store = store ?? new MemoryCheckpointStore(), Periodic = false },
            Restart = { Policy = RestartPolicy.None, Delay = TimeSpan.Zero },
        };
        Prepare(options);
        configure?.Invoke(options);
        return options;
    }

    /// <summary>What else holds for all jobs where these tests are run a second time, in another project.</summary>
    static partial void Prepare(GristmillOptions options);

    public static EmbeddedJob Job(Action<JobBuilder> build, GristmillOptions? options = null, ILoggerFactory? log = null, TimeProvider? time = null, string name = "job")
        => new(name, new LambdaJob(build), options ?? Options(), log, time);

    /// <summary>Runs a job to its end, which must be a good one.</summary>
    public static async Task ToEndAsync(Action<JobBuilder> build, GristmillOptions? options = null, ILoggerFactory? log = null, TimeProvider? time = null)
    {
        using EmbeddedJob job = Job(build, options, log, time);
        await job.CompletesAsync();
    }

    public static async Task CompletesAsync(this EmbeddedJob job)
    {
        JobOutcome outcome = await job.EndsAsync();
        Assert.True(outcome.State == JobState.Completed, $"{outcome.State}: {outcome.Error}");
    }

    /// <summary>Starts the job if it isn't, and waits for its end.</summary>
    public static async Task<JobOutcome> EndsAsync(this EmbeddedJob job)
    {
        job.Start();
        return await job.Completion.WaitAsync(Wait.Bound, TestContext.Current.CancellationToken);
    }
}

/// <summary>Waiting on conditions, with a bound that only a hanging test reaches.</summary>
internal static class Wait
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    public static async Task UntilAsync(Func<bool> condition, string what, Action? meanwhile = null)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            meanwhile?.Invoke();
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Bound, $"This did not come about: {what}");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Bound, TestContext.Current.CancellationToken);

    public static Task Soon(this Task task) => task.WaitAsync(Bound, TestContext.Current.CancellationToken);
}
