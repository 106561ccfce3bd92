using System.Globalization;
using Azure.Core;
using Gristmill.Checkpoints;
using Gristmill.Files.Tests;

namespace Gristmill.AzureStorage.Tests;

/// <summary>Jobs whose input, output and checkpoints are blobs: the output is exact, whatever fails.</summary>
public sealed class JobTests
{
    private const int Rows = 12_000;
    private const int Keys = 7;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    [AzuriteFact]
    public async Task A_job_reads_blobs_writes_blobs_and_keeps_its_checkpoints_in_blobs()
    {
        await using var container = await InputAsync();
        using (EmbeddedJob job = Open(container.Open()))
            await CompletesAsync(job);
        await RequireExactAsync(container);
        var store = new BlobCheckpointStore(container.Open(), "checkpoints");
        HistoryPage history = await CheckpointHistory.ReadAsync(store, "job");
        Assert.NotEmpty(history.Attempts);
        Assert.Equal(0, history.Unreadable);
    }

    [AzuriteFact]
    public async Task A_stopped_job_goes_on_in_another_process_with_another_parallelism()
    {
        await using var container = await InputAsync();
        using var gate = new Gate(Rows / 3);
        using (EmbeddedJob first = Open(container.Open(), gate: gate, parallelism: 3))
        {
            first.Start();
            await gate.Reached.WaitAsync(Bound);
            Task<JobOutcome> stopped = first.StopAsync();
            gate.Open();
            JobState state = (await stopped.WaitAsync(Bound)).State;
            Assert.True(state is JobState.Stopped or JobState.Completed, $"{state}");
        }
        using (EmbeddedJob second = Open(container.Open(), parallelism: 2))
            await CompletesAsync(second);
        await RequireExactAsync(container);
    }

    [AzuriteTheory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6)]
    public async Task However_often_the_process_dies_the_output_is_exact(int seed)
    {
        await using var container = await InputAsync();
        var random = new Random(seed);
        int deaths = 0;
        while (true)
        {
            // A dead process sends nothing more; what it had sent last may have arrived or not.
            // No run gets by with as few requests as the first is granted.
            int last = deaths < 8 ? random.Next(5, deaths == 0 ? 45 : 250) : int.MaxValue;
            Fate lastFate = random.Next(2) == 0 ? Fate.AnswerIsLost : Fate.NeverArrives;
            var dead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var transport = new FaultyTransport((_, count) =>
            {
                if (count >= last)
                    dead.TrySetResult();
                return count < last ? Fate.Passes : count == last ? lastFate : Fate.NeverArrives;
            });
            using EmbeddedJob job = Open(container.Open(transport, o => o.Client.Retry.MaxRetries = 0), parallelism: random.Next(1, 4), rate: Rows, configure: o => o.Checkpoints.ToleratedFailures = 0);
            job.Start();
            // What is left of it in memory must not wait for the service to come back.
            _ = dead.Task.ContinueWith(_ => job.CancelAsync(), TaskScheduler.Default);
            JobOutcome outcome = await job.Completion.WaitAsync(Bound);
            if (outcome.State == JobState.Completed)
                break;
            Assert.True(last < int.MaxValue, $"Without faults the job should complete: {outcome.Error}");
            deaths++;
        }
        Assert.True(deaths > 0, $"seed {seed}: the process never died.");
        await RequireExactAsync(container);
    }

    [AzuriteTheory, InlineData(11), InlineData(12)]
    public async Task On_a_network_that_loses_requests_and_answers_the_output_is_exact(int seed)
    {
        await using var container = await InputAsync();
        var random = new Random(seed);
        var transport = new FaultyTransport((_, _) =>
        {
            lock (random)
                return random.Next(20) switch { 0 => Fate.NeverArrives, 1 => Fate.AnswerIsLost, _ => Fate.Passes };
        });
        AzureBlobContainer flaky = container.Open(transport, o =>
        {
            o.Client.Retry.MaxRetries = 8;
            o.Client.Retry.MaxDelay = TimeSpan.FromMilliseconds(5);
        });
        using (EmbeddedJob job = Open(flaky, rate: Rows))
            await CompletesAsync(job);
        await RequireExactAsync(container);
    }

    [AzuriteFact]
    public async Task A_failure_in_the_middle_restarts_the_job_and_the_output_is_exact()
    {
        await using var container = await InputAsync();
        int seen = 0;
        using EmbeddedJob job = Open(container.Open(), pass: item =>
        {
            if (Interlocked.Increment(ref seen) is Rows / 4 or Rows)
                throw new InvalidTimeZoneException("planted");
            return item;
        }, configure: o => (o.Restart.Policy, o.Restart.Delay) = (RestartPolicy.FixedDelay, TimeSpan.Zero));
        await CompletesAsync(job);
        Assert.Equal(2, job.Status.Restarts);
        await RequireExactAsync(container);
    }

    [AzuriteFact]
    public async Task Published_output_whose_commit_was_never_answered_is_published_once_by_the_next_process()
    {
        await using var container = await InputAsync();
        // Dies at the very commit that publishes: the blob is there, and nobody was told.
        bool dead = false;
        Fate Decide(Request request, int count)
        {
            if (dead)
                return Fate.NeverArrives;
            dead = FaultyTransport.IsCommit(request) && request.Uri.Path.Contains("/out/part-", StringComparison.Ordinal);
            return dead ? Fate.AnswerIsLost : Fate.Passes;
        }
        using (EmbeddedJob first = Open(container.Open(new FaultyTransport(Decide), o => o.Client.Retry.MaxRetries = 0), parallelism: 1))
            Assert.Equal(JobState.Failed, (await first.RunAsync().WaitAsync(Bound)).State);
        Assert.Single(await container.NamesAsync("out/"));
        using (EmbeddedJob second = Open(container.Open()))
            await CompletesAsync(second);
        await RequireExactAsync(container);
    }

    [AzuriteFact]
    public async Task A_second_process_takes_the_job_over_and_the_first_stops()
    {
        await using var container = await InputAsync();
        using var gate = new Gate(10);
        using EmbeddedJob first = Open(container.Open(), gate: gate);
        first.Start();
        await gate.Reached.WaitAsync(Bound);
        using (EmbeddedJob second = Open(container.Open()))
            await CompletesAsync(second);
        gate.Open();
        Assert.Equal(JobState.Fenced, (await first.Completion.WaitAsync(Bound)).State);
        await RequireExactAsync(container);
    }

    private static async Task<TestContainer> InputAsync()
    {
        var container = new TestContainer();
        // All rows of a key are in one blob, so that its counts come in order.
        for (int key = 0; key < Keys; key++)
        {
            IEnumerable<string> rows = Enumerable.Range(0, Rows).Where(i => i % Keys == key).Select(i => $"{key},{i}\n");
            await container.PutAsync(key % 2 == 0 ? $"in/{key}.csv" : $"in/{key}.csv.gz", "Id,Name\n" + string.Concat(rows));
        }
        return container;
    }

    private static EmbeddedJob Open(
        AzureBlobContainer container, Func<Item, Item>? pass = null, Gate? gate = null, int parallelism = 2, double rate = 1e9, Action<GristmillOptions>? configure = null)
    {
        var options = new GristmillOptions { Parallelism = parallelism, WorkerThreads = 2, BatchSize = 16, ChannelCapacity = 2, KeyGroups = 16 };
        options.Restart.Policy = RestartPolicy.None;
        options.Checkpoints.UseAzureBlobs(container, "checkpoints").Interval = TimeSpan.FromMilliseconds(5);
        configure?.Invoke(options);
        return new EmbeddedJob("job", new Counting(container, pass ?? gate.Pass, rate), options);
    }

    private static async Task CompletesAsync(EmbeddedJob job)
    {
        JobOutcome outcome = await job.RunAsync().WaitAsync(Bound);
        Assert.True(outcome.State == JobState.Completed, $"{outcome.State}: {outcome.Error}");
    }

    /// <summary>Each key counts up to the number of its rows, each count once.</summary>
    private static async Task RequireExactAsync(TestContainer container)
    {
        List<Item> found = await Reading.AllAsync(BlobCsv.Read<Item>(container.Open(), "out/*"));
        IEnumerable<string> expected = Enumerable.Range(0, Rows).Select(i => $"{i % Keys}:{(i / Keys) + 1}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Select(item => $"{item.Id}:{item.Name}").Order(StringComparer.Ordinal));
    }

    private sealed class Counting(AzureBlobContainer container, Func<Item, Item> pass, double rate) : IJob
    {
        public void Build(JobBuilder job) => job
            .From("in", BlobCsv.Read<Item>(container, "in/*").Throttle(rate))
            .Select(pass)
            .KeyBy(item => item.Id)
            .Process("count", () => new Counter())
            .To("out", BlobCsv.Write<Item>(container, "out"));
    }

    private sealed class Counter : KeyedProcessor<int, Item, Item>
    {
        private ValueState<int> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnRecord(in Item record, ProcessorContext<int, Item> context) =>
            context.Emit(new Item(context.Key, (++_count.Update()).ToString(CultureInfo.InvariantCulture)));
    }
}
