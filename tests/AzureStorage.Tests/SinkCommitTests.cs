using Azure.Storage.Blobs.Models;
using Gristmill.Files;
using Gristmill.Files.Tests;

namespace Gristmill.AzureStorage.Tests;

/// <summary>Output is published whole, once, whoever commits it and however often.</summary>
public sealed class SinkCommitTests
{
    private const string Text = "Id,Name\n1,a\n2,\"b, c\"\n";

    private static Item[] Items => [new(1, "a"), new(2, "b, c")];

    private static TransactionalSink<Item, StagedBlob> Sink(TestContainer container, FaultyTransport? transport = null) => BlobCsv.Write<Item>(container.Open(transport), "out");

    [AzuriteFact]
    public async Task Staged_output_is_invisible_until_it_is_committed()
    {
        await using var container = new TestContainer();
        var sink = Sink(container);
        Staged<StagedBlob> staged = await Staging.StageAsync(sink, 7, Items, subtask: 1);
        Assert.Empty(await container.NamesAsync());
        await Staging.CommitAsync(sink, 1, staged);
        Assert.Equal(["out/part-00000007-1.csv"], await container.NamesAsync());
        Assert.Equal(Text, await container.TextAsync("out/part-00000007-1.csv"));
        BlobProperties properties = await container.Client.GetBlobClient("out/part-00000007-1.csv").GetPropertiesAsync();
        Assert.Equal("text/csv; charset=utf-8", properties.ContentType);
        Assert.Equal(staged.Value.Length, properties.ContentLength);
    }

    [AzuriteFact]
    public async Task An_epoch_without_records_stages_nothing()
    {
        await using var container = await new TestContainer().MakeAsync();
        using var context = new TestSinkContext();
        await using SinkWriter<Item, StagedBlob> writer = Sink(container).OpenWriter(context);
        writer.Write([]);
        Assert.Null(await writer.StageAsync(1, CancellationToken.None));
        await Staging.CommitAsync(Sink(container), 1);
        Assert.Empty(await container.NamesAsync());
    }

    [AzuriteFact]
    public async Task Committing_again_by_the_same_or_another_generation_changes_nothing()
    {
        await using var container = new TestContainer();
        var sink = Sink(container);
        Staged<StagedBlob> one = await Staging.StageAsync(sink, 1, Items), two = await Staging.StageAsync(sink, 1, Items, subtask: 1);
        await Staging.CommitAsync(sink, 1, one, two);
        BlobProperties before = await container.Client.GetBlobClient(one.Value.Blob).GetPropertiesAsync();
        await Staging.CommitAsync(sink, 1, one, two);
        await Staging.CommitAsync(Sink(container), 2, one, two);
        await Staging.CommitAsync(sink, 1, one);
        BlobProperties after = await container.Client.GetBlobClient(one.Value.Blob).GetPropertiesAsync();
        Assert.Equal(["out/part-00000001-0.csv", "out/part-00000001-1.csv"], await container.NamesAsync());
        Assert.Equal(before.ETag, after.ETag);
        Assert.Equal(Text, await container.TextAsync(one.Value.Blob));
    }

    [AzuriteFact]
    public async Task A_commit_cut_short_is_completed_by_the_next_one()
    {
        await using var container = new TestContainer();
        var sink = Sink(container);
        Staged<StagedBlob> one = await Staging.StageAsync(sink, 1, Items), two = await Staging.StageAsync(sink, 1, Items, subtask: 1);
        int commits = 0;
        var transport = new FaultyTransport((request, _) => FaultyTransport.IsCommit(request) && Interlocked.Increment(ref commits) > 1 ? Fate.NeverArrives : Fate.Passes);
        var error = await Assert.ThrowsAsync<SinkFileException>(() => Staging.CommitAsync(Sink(container, transport), 1, one, two));
        Assert.Contains("Cannot publish", error.Message, StringComparison.Ordinal);
        Assert.Single(await container.NamesAsync());
        await Staging.CommitAsync(sink, 2, one, two);
        Assert.Equal(["out/part-00000001-0.csv", "out/part-00000001-1.csv"], await container.NamesAsync());
    }

    [AzuriteFact]
    public async Task A_commit_whose_answer_was_lost_counts()
    {
        await using var container = new TestContainer();
        var sink = Sink(container, FaultyTransport.LosingAnswers(FaultyTransport.IsCommit, times: 3));
        Staged<StagedBlob> staged = await Staging.StageAsync(sink, 1, Items);
        await Staging.CommitAsync(sink, 1, staged);
        Assert.Equal(Text, await container.TextAsync(staged.Value.Blob));
    }

    [AzuriteFact]
    public async Task Both_generations_committing_at_once_publish_once()
    {
        await using var container = new TestContainer();
        var sink = Sink(container);
        for (long epoch = 1; epoch <= 10; epoch++)
        {
            Staged<StagedBlob>[] staged = [await Staging.StageAsync(sink, epoch, Items), await Staging.StageAsync(sink, epoch, Items, subtask: 1)];
            await Task.WhenAll(Staging.CommitAsync(sink, 1, staged), Staging.CommitAsync(Sink(container), 2, staged), Staging.CommitAsync(sink, 2, staged));
        }
        string[] names = await container.NamesAsync();
        Assert.Equal(20, names.Length);
        foreach (string name in names)
            Assert.Equal(Text, await container.TextAsync(name));
    }

    [AzuriteFact]
    public async Task What_a_dead_generation_staged_is_dropped_when_its_successor_publishes_the_epoch()
    {
        await using var container = new TestContainer();
        var sink = Sink(container);
        Staged<StagedBlob> dead = await Staging.StageAsync(sink, 4, [new Item(0, "dead")], generation: 1);
        Staged<StagedBlob> real = await Staging.StageAsync(sink, 4, Items, generation: 2);
        Assert.Equal(dead.Value.Blob, real.Value.Blob);
        Assert.Equal(2, await container.StagedBlocksAsync(real.Value.Blob));
        using var context = new TestSinkContext(generation: 2);
        await sink.CleanUpAsync(context, CancellationToken.None);
        await Staging.CommitAsync(sink, 2, real);
        Assert.Equal(Text, await container.TextAsync(real.Value.Blob));
        Assert.Equal(0, await container.StagedBlocksAsync(real.Value.Blob));
        await Assert.ThrowsAsync<SinkFileException>(() => Staging.CommitAsync(sink, 1, dead));
        Assert.Equal(Text, await container.TextAsync(real.Value.Blob));
    }

    [AzuriteFact]
    public async Task A_zombie_that_stages_late_harms_neither_what_is_staged_nor_what_is_published()
    {
        await using var container = new TestContainer();
        var sink = Sink(container);
        Staged<StagedBlob> real = await Staging.StageAsync(sink, 4, Items, generation: 2);
        await Staging.StageAsync(sink, 4, [new Item(0, "zombie")], generation: 1);
        await Staging.CommitAsync(sink, 2, real);
        await Staging.StageAsync(sink, 4, [new Item(0, "zombie")], generation: 1);
        await Staging.CommitAsync(sink, 2, real);
        Assert.Equal(Text, await container.TextAsync(real.Value.Blob));
    }

    [AzuriteFact]
    public async Task An_epoch_that_never_ends_leaves_nothing_at_the_service()
    {
        await using var container = new TestContainer();
        var transport = new FaultyTransport((_, _) => Fate.Passes);
        using var context = new TestSinkContext();
        await using (SinkWriter<Item, StagedBlob> writer = Sink(container, transport).OpenWriter(context))
            writer.Write(Items);
        Assert.Equal(0, transport.Count);
    }

    [AzuriteFact]
    public async Task Output_a_consumer_has_taken_is_not_missed()
    {
        await using var container = new TestContainer();
        var sink = Sink(container);
        Staged<StagedBlob> one = await Staging.StageAsync(sink, 1, Items), two = await Staging.StageAsync(sink, 2, Items);
        await Staging.CommitAsync(sink, 1, one);
        await Staging.CommitAsync(sink, 1, two);
        foreach (string name in await container.NamesAsync())
            await container.Client.DeleteBlobAsync(name);
        await Staging.CommitAsync(sink, 2, one);
        await Staging.CommitAsync(sink, 2, two);
        Assert.Empty(await container.NamesAsync());
    }

    [AzuriteFact]
    public async Task Output_that_was_never_published_and_is_gone_is_an_error()
    {
        await using var container = new TestContainer();
        var sink = Sink(container);
        await Staging.CommitAsync(sink, 1, await Staging.StageAsync(sink, 1, Items));
        Staged<StagedBlob> two = await Staging.StageAsync(sink, 2, Items);
        // As the service does after a week.
        await container.PutAsync(two.Value.Blob, "");
        await container.Client.DeleteBlobAsync(two.Value.Blob);
        var error = await Assert.ThrowsAsync<SinkFileException>(() => Staging.CommitAsync(sink, 2, two));
        Assert.Contains("lost", error.Message, StringComparison.Ordinal);
        Assert.Contains("week", error.Message, StringComparison.Ordinal);
    }

    [AzuriteFact]
    public async Task Output_of_another_run_under_the_same_name_is_neither_replaced_nor_taken_for_ours()
    {
        await using var container = new TestContainer();
        var sink = Sink(container);
        await container.PutAsync("out/part-00000001-0.csv", Text);
        Staged<StagedBlob> staged = await Staging.StageAsync(sink, 1, [new Item(3, "ours")]);
        var error = await Assert.ThrowsAsync<SinkFileException>(() => Staging.CommitAsync(sink, 1, staged));
        Assert.Contains("another run", error.Message, StringComparison.Ordinal);
        Assert.Equal(Text, await container.TextAsync("out/part-00000001-0.csv"));
    }

    [AzuriteTheory]
    [InlineData(false), InlineData(true)]
    public async Task Output_of_many_blocks_that_waited_on_the_disk_is_read_back(bool gzip)
    {
        await using var container = new TestContainer();
        Item[] items = [.. Enumerable.Range(0, 20_000).Select(i => new Item(i, $"{i * 2654435761L:X}{i * 40503L:X}"))];
        AzureBlobContainer small = container.Open(configure: o => o.BlockBytes = 64 << 10);
        var csv = BlobCsv.Write<Item>(small, "out", o => (o.Gzip, o.MaxUnwrittenBytes) = (gzip, 256 << 10));
        var json = BlobJsonLines.Write<Item>(small, "", o => o.Gzip = gzip);
        Staged<StagedBlob> one = await Staging.StageAsync(csv, 1, items), two = await Staging.StageAsync(json, 1, items);
        Assert.True(one.Value.Blocks > 2 && two.Value.Blocks > 2);
        await Staging.CommitAsync(csv, 1, one);
        await Staging.CommitAsync(json, 1, two);
        Assert.Equal(items, await Reading.AllAsync(BlobCsv.Read<Item>(container.Open(), "out/*.csv*")));
        Assert.Equal(items, await Reading.AllAsync(BlobJsonLines.Read<Item>(container.Open(), "*.jsonl*")));
    }

    [AzuriteFact]
    public async Task Each_epoch_has_its_own_blob_and_its_successor_does_not_wait_for_it()
    {
        await using var container = new TestContainer();
        var sink = BlobCsv.Write<Item>(container.Open(), "out", o => o.WriteHeader = false);
        using var context = new TestSinkContext();
        await using SinkWriter<Item, StagedBlob> writer = sink.OpenWriter(context);
        var staged = new List<Task<StagedOutput<StagedBlob>?>>();
        for (int epoch = 1; epoch <= 10; epoch++)
        {
            writer.Write([new Item(epoch, "n")]);
            staged.Add(writer.StageAsync(epoch, CancellationToken.None).AsTask());
        }
        for (int epoch = 1; epoch <= 10; epoch++)
            await Staging.CommitAsync(sink, 1, new Staged<StagedBlob>(epoch, 0, (await staged[epoch - 1])!.Value.Value));
        foreach (string name in await container.NamesAsync())
            Assert.Equal($"{int.Parse(name[9..17], null)},n\n", await container.TextAsync(name));
    }

    [AzuriteFact]
    public async Task A_writer_without_room_says_so_and_goes_on_when_the_disk_has_caught_up()
    {
        await using var container = new TestContainer();
        var sink = BlobJsonLines.Write<Item>(container.Open(), "out", o => o.MaxUnwrittenBytes = 256 << 10);
        using var context = new TestSinkContext();
        await using SinkWriter<Item, StagedBlob> writer = sink.OpenWriter(context);
        bool waited = false;
        for (int i = 0; i < 20; i++)
        {
            for (; !writer.CanWrite; waited = true)
                context.WaitToBeWoken();
            writer.Write([new Item(i, new string('x', 1 << 20))]);
        }
        StagedOutput<StagedBlob>? staged = await writer.StageAsync(1, CancellationToken.None);
        Assert.True(waited);
        Assert.InRange(staged!.Value.Bytes, 20 << 20, 21 << 20);
    }

    [Fact]
    public async Task A_service_out_of_reach_fails_the_epoch_and_keeps_nobody_waiting()
    {
        var transport = new FaultyTransport((_, _) => Fate.NeverArrives);
        var container = new AzureBlobContainer("UseDevelopmentStorage=true", "container", o =>
        {
            o.Client.Transport = transport;
            o.Client.Retry.Delay = TimeSpan.FromMilliseconds(1);
        });
        using var context = new TestSinkContext();
        await using SinkWriter<Item, StagedBlob> writer = BlobCsv.Write<Item>(container, "out").OpenWriter(context);
        writer.Write(Items);
        var error = await Assert.ThrowsAsync<SinkFileException>(async () => await writer.StageAsync(1, CancellationToken.None));
        Assert.Contains("Cannot stage", error.Message, StringComparison.Ordinal);
        Assert.Contains("can't be reached", error.Message, StringComparison.Ordinal);
    }
}
