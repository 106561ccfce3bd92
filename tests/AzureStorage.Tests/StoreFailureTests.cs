using Azure.Core;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Gristmill.Checkpoints;

namespace Gristmill.AzureStorage.Tests;

/// <summary>A bad network and a bad account: nothing is done twice, nothing is denied that was done, and messages say what to do.</summary>
public sealed class StoreFailureTests
{
    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    [AzuriteFact]
    public async Task A_head_whose_answer_was_lost_has_moved()
    {
        await using var container = new TestContainer();
        for (int version = 0; version < 3; version++)
        {
            var store = new BlobCheckpointStore(container.Open(FaultyTransport.LosingAnswers(FaultyTransport.IsCommit)));
            Assert.True(await store.TryMoveHeadAsync("job", version, Bytes($"{version + 1}")));
        }
        StoredHead? head = await new BlobCheckpointStore(container.Open()).ReadHeadAsync("job");
        Assert.Equal(3, head!.Version);
        Assert.Equal("3"u8, head.Content.Span);
    }

    [AzuriteTheory, InlineData(0), InlineData(1), InlineData(5), InlineData(20)]
    public async Task A_mover_whose_answer_was_lost_learns_that_it_moved_though_others_moved_on(int others)
    {
        await using var container = new TestContainer();
        var other = new BlobCheckpointStore(container.Open());
        await MoveAsync(other, 0, 4);
        Assert.True(await MoveAndStumbleAsync(container, 4, Fate.AnswerIsLost, () => MoveAsync(other, 5, others)));
        Assert.Equal(5 + others, (await other.ReadHeadAsync("job"))!.Version);
    }

    [AzuriteFact]
    public async Task A_mover_whose_request_never_arrived_learns_that_it_lost()
    {
        await using var container = new TestContainer();
        var other = new BlobCheckpointStore(container.Open());
        await MoveAsync(other, 0, 4);
        Assert.False(await MoveAndStumbleAsync(container, 4, Fate.NeverArrives, () => MoveAsync(other, 4, 1)));
        Assert.Equal("v5", System.Text.Encoding.UTF8.GetString((await other.ReadHeadAsync("job"))!.Content.Span));
    }

    [AzuriteFact]
    public async Task So_many_moves_later_the_outcome_is_unknown_and_nothing_is_claimed()
    {
        await using var container = new TestContainer();
        var other = new BlobCheckpointStore(container.Open());
        await MoveAsync(other, 0, 1);
        var error = await Assert.ThrowsAsync<CheckpointStoreException>(() => MoveAndStumbleAsync(container, 1, Fate.AnswerIsLost, () => MoveAsync(other, 2, 40)));
        Assert.Contains("unknown", error.Message, StringComparison.Ordinal);
    }

    [AzuriteFact]
    public async Task Without_any_answer_a_move_is_unknown_and_not_refused()
    {
        await using var container = new TestContainer();
        var transport = new FaultyTransport((request, _) => FaultyTransport.IsCommit(request) ? Fate.AnswerIsLost : Fate.Passes);
        var store = new BlobCheckpointStore(container.Open(transport));
        // The SDK's last try is refused, since its first succeeded; but that answer is lost too.
        await Assert.ThrowsAsync<CheckpointStoreException>(async () => await store.TryMoveHeadAsync("job", 0, Bytes("one")));
        Assert.Equal(1, (await store.ReadHeadAsync("job"))!.Version);
    }

    [AzuriteFact]
    public async Task An_object_whose_answer_was_lost_is_complete()
    {
        await using var container = new TestContainer();
        var store = new BlobCheckpointStore(container.Open(FaultyTransport.LosingAnswers(FaultyTransport.IsCommit)));
        await PutAsync(store, "job/object", Bytes("ours"));
        var error = await Assert.ThrowsAsync<ObjectExistsException>(() => PutAsync(new BlobCheckpointStore(container.Open()), "job/object", Bytes("ours")));
        Assert.Equal("job/object", error.Name);
    }

    [AzuriteFact]
    public async Task Anothers_object_of_the_same_content_is_not_taken_for_ours_after_a_lost_answer()
    {
        await using var container = new TestContainer();
        await PutAsync(new BlobCheckpointStore(container.Open()), "job/object", Bytes("same"));
        var store = new BlobCheckpointStore(container.Open(FaultyTransport.LosingAnswers(FaultyTransport.IsCommit)));
        await Assert.ThrowsAsync<ObjectExistsException>(() => PutAsync(store, "job/object", Bytes("same")));
    }

    [AzuriteFact]
    public async Task A_line_whose_answer_was_lost_is_there_once()
    {
        await using var container = new TestContainer();
        for (int i = 0; i < 3; i++)
            await new BlobCheckpointStore(container.Open(FaultyTransport.LosingAnswers(FaultyTransport.IsCommit))).AppendLineAsync("job/lines", "same");
        Assert.Equal("same\nsame\nsame\n", await container.TextAsync("job/lines"));
    }

    [AzuriteFact]
    public async Task Lines_stay_few_blocks_however_many_there_are()
    {
        await using var container = new TestContainer();
        var store = new BlobCheckpointStore(container.Open());
        const int Lines = 600;
        for (int i = 0; i < Lines; i++)
            await store.AppendLineAsync("job/lines", $"line {i}");
        Assert.Equal(string.Concat(Enumerable.Range(0, Lines).Select(i => $"line {i}\n")), await container.TextAsync("job/lines"));
        BlockList blocks = await container.Client.GetBlockBlobClient("job/lines").GetBlockListAsync(BlockListTypes.All);
        Assert.InRange(blocks.CommittedBlocks.Count(), 1, 300);
        Assert.Empty(blocks.UncommittedBlocks);
    }

    [AzuriteFact]
    public async Task A_bad_network_costs_tries_and_nothing_else()
    {
        await using var container = new TestContainer();
        var random = new Random(17);
        var transport = new FaultyTransport((_, _) =>
        {
            lock (random)
                return random.Next(6) switch { 0 => Fate.NeverArrives, 1 => Fate.AnswerIsLost, _ => Fate.Passes };
        });
        var store = new BlobCheckpointStore(container.Open(transport, o =>
        {
            o.BlockBytes = 64 << 10;
            o.Client.Retry.MaxRetries = 30;
            o.Client.Retry.MaxDelay = TimeSpan.FromMilliseconds(5);
        }));
        byte[] content = new byte[1_000_003];
        random.NextBytes(content);
        for (int i = 0; i < 5; i++)
        {
            await PutAsync(store, $"job/object{i}", content);
            byte[] read = new byte[content.Length + 1];
            Assert.Equal(content.Length, await store.ReadAsync($"job/object{i}", 0, read));
            Assert.Equal(content, read[..content.Length]);
            Assert.True(await store.TryMoveHeadAsync("job", i, content.AsMemory(0, 1000)));
            await store.AppendLineAsync("job/lines", $"{i}");
        }
        Assert.Equal("0\n1\n2\n3\n4\n", await container.TextAsync("job/lines"));
    }

    [AzuriteFact]
    public async Task A_large_object_is_read_by_ranges_side_by_side()
    {
        await using var container = new TestContainer();
        var transport = new FaultyTransport((_, _) => Fate.Passes);
        var store = new BlobCheckpointStore(container.Open(transport));
        byte[] content = new byte[20_000_001];
        new Random(1).NextBytes(content);
        await PutAsync(store, "job/large", content);
        int before = transport.Count;
        byte[] read = new byte[content.Length + 9_000_000];
        Assert.Equal(content.Length - 5, await store.ReadAsync("job/large", 5, read));
        Assert.True(content.AsSpan(5).SequenceEqual(read.AsSpan(0, content.Length - 5)));
        Assert.InRange(transport.Count - before, 3, 4);
    }

    [AzuriteFact]
    public async Task A_missing_container_is_named_with_the_remedy_and_never_taken_for_an_empty_one()
    {
        var missing = new AzureBlobContainer(Azurite.ConnectionString, "not-there");
        var store = new BlobCheckpointStore(missing);
        Task[] calls =
        [
            store.ReadHeadAsync("job").AsTask(), store.GetLengthAsync("job/a").AsTask(), store.ReadAsync("job/a", 0, new byte[1]).AsTask(),
            store.TryMoveHeadAsync("job", 0, new byte[1]).AsTask(), store.AppendLineAsync("job/a", "line").AsTask(),
            store.ListAsync("").ToListAsync().AsTask(), PutAsync(store, "job/a", new byte[1]),
        ];
        foreach (Task call in calls)
        {
            var error = await Assert.ThrowsAsync<CheckpointStoreException>(() => call);
            Assert.Contains("not-there", error.Message, StringComparison.Ordinal);
            Assert.Contains("CreateIfMissing", error.Message, StringComparison.Ordinal);
        }
    }

    [AzuriteFact]
    public async Task A_wrong_key_is_a_refusal_that_says_what_to_do()
    {
        string wrong = Azurite.ConnectionString.Replace("AccountKey=", "AccountKey=AAAA", StringComparison.Ordinal);
        var store = new BlobCheckpointStore(new AzureBlobContainer(wrong, "container"));
        var error = await Assert.ThrowsAsync<CheckpointStoreException>(async () => await store.ReadHeadAsync("job"));
        Assert.Contains("Storage Blob Data Contributor", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AAAA", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_out_of_reach_is_a_store_failure_and_the_callers_wish_to_stop_is_none()
    {
        var transport = new FaultyTransport((_, _) => Fate.NeverArrives);
        var store = new BlobCheckpointStore(new AzureBlobContainer("UseDevelopmentStorage=true", "container", o =>
        {
            o.Client.Transport = transport;
            o.Client.Retry.Delay = TimeSpan.FromMilliseconds(1);
        }));
        var error = await Assert.ThrowsAsync<CheckpointStoreException>(async () => await store.ReadHeadAsync("job"));
        Assert.Contains("can't be reached", error.Message, StringComparison.Ordinal);
        Assert.Equal(6, transport.Count);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ReadHeadAsync("job", stop.Token));
    }

    [AzuriteFact]
    public async Task A_head_changed_by_hand_is_damaged_and_not_missing()
    {
        await using var container = new TestContainer();
        await container.PutAsync("job/head", "by hand");
        var store = new BlobCheckpointStore(container.Open());
        await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await store.ReadHeadAsync("job"));
        await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await store.TryMoveHeadAsync("job", 0, new byte[1]));
    }

    /// <summary>Moves the head with a commit that first meets its fate, while others do something, and then is tried again.</summary>
    private static async Task<bool> MoveAndStumbleAsync(TestContainer container, long expected, Fate fate, Func<Task> meanwhile)
    {
        bool stumbled = false;
        Fate Decide(Request request, int count)
        {
            // The try after the one that met its fate: by now others have done what they do.
            if (FaultyTransport.IsCommit(request) && stumbled)
                Task.Run(meanwhile).GetAwaiter().GetResult();
            bool first = FaultyTransport.IsCommit(request) && !stumbled;
            stumbled |= first;
            return first ? fate : Fate.Passes;
        }
        return await new BlobCheckpointStore(container.Open(new FaultyTransport(Decide))).TryMoveHeadAsync("job", expected, Bytes("stumbler"));
    }

    private static async Task MoveAsync(BlobCheckpointStore store, long from, int moves)
    {
        for (long version = from; version < from + moves; version++)
            Assert.True(await store.TryMoveHeadAsync("job", version, Bytes($"v{version + 1}")));
    }

    private static async Task PutAsync(BlobCheckpointStore store, string name, byte[] content)
    {
        await using ObjectWriter writer = await store.CreateAsync(name);
        await writer.WriteAsync(content);
        await writer.CompleteAsync();
    }
}
