namespace Gristmill.Postgres.Tests;

/// <summary>Jobs whose checkpoints are in the database: the output is exact, whatever fails.</summary>
public sealed class JobTests
{
    private const int Rows = 12_000;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);
    private readonly Collected<string> _collected = new();

    [PostgresTheory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task However_often_the_process_dies_the_output_is_exact(int seed)
    {
        await using var schema = new TestSchema();
        await schema.Open().ReadHeadAsync("job");
        var random = new Random(seed);
        int deaths = 0;
        while (true)
        {
            // A dead process sends nothing more; what it had sent last may have arrived or not.
            int last = deaths < 6 ? random.Next(15, deaths == 0 ? 30 : 120) : int.MaxValue;
            Fate lastFate = random.Next(2) == 0 ? Fate.AnswerIsLost : Fate.NeverArrives;
            var dead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var proxy = new FaultyProxy((_, count) =>
            {
                if (count >= last)
                    dead.TrySetResult();
                return count < last ? Fate.Passes : count == last ? lastFate : Fate.NeverArrives;
            });
            using EmbeddedJob job = Open(schema, proxy.ConnectionString, random.Next(1, 4), o => o.Retries = 0);
            job.Start();
            // What is left of it in memory must not wait for the server to come back.
            _ = dead.Task.ContinueWith(_ => job.CancelAsync(), TaskScheduler.Default);
            JobOutcome outcome = await job.Completion.WaitAsync(Bound);
            if (outcome.State == JobState.Completed)
                break;
            Assert.True(last < int.MaxValue, $"Without faults the job should complete: {outcome.Error}");
            deaths++;
        }
        Assert.True(deaths > 0, $"seed {seed}: the process never died.");
        RequireExact();
    }

    [PostgresTheory, InlineData(11), InlineData(12)]
    public async Task On_a_network_that_cuts_connections_the_output_is_exact(int seed)
    {
        await using var schema = new TestSchema();
        var random = new Random(seed);
        await using var proxy = new FaultyProxy((_, _) =>
        {
            lock (random)
                return random.Next(40) switch { 0 => Fate.NeverArrives, 1 => Fate.AnswerIsLost, _ => Fate.Passes };
        });
        using (EmbeddedJob job = Open(schema, proxy.ConnectionString, 2, o => o.Retries = 10, o => (o.Restart.Policy, o.Restart.Delay) = (RestartPolicy.FixedDelay, TimeSpan.Zero)))
            Assert.Equal(JobState.Completed, (await job.RunAsync().WaitAsync(Bound)).State);
        RequireExact();
    }

    [PostgresFact]
    public async Task Two_processes_that_race_for_the_head_leave_one_owner_and_the_output_is_exact()
    {
        await using var schema = new TestSchema();
        using EmbeddedJob one = Open(schema, PostgresServer.ConnectionString, 2), two = Open(schema, PostgresServer.ConnectionString, 1);
        one.Start();
        two.Start();
        JobOutcome[] outcomes = await Task.WhenAll(one.Completion, two.Completion).WaitAsync(Bound);
        Assert.Single(outcomes, outcome => outcome is { State: JobState.Completed, WasCompleteBefore: false });
        Assert.All(outcomes, outcome => Assert.True(outcome.State is JobState.Completed or JobState.Fenced, $"{outcome}"));
        RequireExact();
    }

    private EmbeddedJob Open(TestSchema schema, string connectionString, int parallelism, Action<PostgresOptions>? configure = null, Action<GristmillOptions>? more = null)
    {
        var options = new GristmillOptions { Parallelism = parallelism, WorkerThreads = 2, BatchSize = 16, ChannelCapacity = 2, KeyGroups = 16 };
        options.Checkpoints.Interval = TimeSpan.FromMilliseconds(5);
        options.Checkpoints.ToleratedFailures = more is null ? 0 : 1000;
        options.Restart.Policy = RestartPolicy.None;
        more?.Invoke(options);
        options.Checkpoints.UsePostgres(connectionString, o =>
        {
            o.Schema = schema.Name;
            configure?.Invoke(o);
        });
        return new EmbeddedJob("job", new Counting(_collected), options);
    }

    private void RequireExact() => Assert.Equal(
        Enumerable.Range(0, Rows).GroupBy(i => i % 7).SelectMany(key => key.Select((_, n) => $"{key.Key}:{n + 1}")).Order(StringComparer.Ordinal),
        _collected.Rows.Order(StringComparer.Ordinal));

    private sealed class Counting(Collected<string> collected) : IJob
    {
        public void Build(JobBuilder job) => job.From("numbers", InMemory.From(Enumerable.Range(0, Rows).ToArray(), 3).Throttle(Rows))
            .KeyBy(i => i % 7).Process("counts", () => new Count()).To("out", collected);
    }

    private sealed class Count : KeyedProcessor<int, int, string>
    {
        private ValueState<int> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnRecord(in int record, ProcessorContext<int, string> context) => context.Emit($"{context.Key}:{++_count.Update()}");
    }
}
