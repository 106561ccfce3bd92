using System.Globalization;
using System.Text;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Gristmill.Files;
using Gristmill.Files.Tests;

namespace Gristmill.AzureStorage.Tests;

/// <summary>Blobs are read as files are: exactly on from any position, and never another content than the checkpoint's.</summary>
public sealed class SourceTests
{
    private static string Csv(int rows, int from = 0)
    {
        var text = new StringBuilder("id,name\n");
        for (int i = from; i < from + rows; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i},{(i % 5 == 0 ? "\"two\nlines\"" : $"name{i}")}\n");
        return text.ToString();
    }

    [AzuriteFact]
    public async Task A_pattern_reads_plain_and_gzip_blobs_in_order_of_their_names_and_nothing_a_sink_notes()
    {
        await using var container = new TestContainer();
        await container.PutAsync("in/b/2.csv.gz", Csv(50, 100));
        await container.PutAsync("in/a.csv", Csv(100));
        await container.PutAsync("in/c.csv", "");
        await container.PutAsync("in/c.txt", "not asked for");
        await container.PutAsync("in/.staging/x.csv", Csv(1, 1000));
        await container.PutAsync("into/a.csv", Csv(1, 2000));
        var source = BlobCsv.Read<Item>(container.Open(), ["in/**/*.csv*", "in/a.csv"]);
        Assert.Equal(Enumerable.Range(0, 150), (await Reading.AllAsync(source)).Select(item => item.Id));
    }

    [AzuriteTheory]
    [InlineData("a.csv"), InlineData("a.csv.gz")]
    public async Task A_csv_reader_opened_at_any_position_delivers_exactly_the_rest(string name)
    {
        await using var container = new TestContainer();
        await container.PutAsync(name, Csv(60));
        await EveryPositionContinuesAsync(BlobCsv.Read<Item>(container.Open(), name, o => o.ReadAheadBytes = 100), 60);
    }

    [AzuriteTheory]
    [InlineData("a.jsonl"), InlineData("a.jsonl.gz")]
    public async Task A_json_reader_opened_at_any_position_delivers_exactly_the_rest(string name)
    {
        await using var container = new TestContainer();
        await container.PutAsync(name, string.Concat(Enumerable.Range(0, 60).Select(i => $"{{\"id\":{i},\"name\":\"{new string('n', i)}\"}}\n")));
        await EveryPositionContinuesAsync(BlobJsonLines.Read<Item>(container.Open(), name, o => o.ReadAheadBytes = 100), 60);
    }

    [AzuriteFact]
    public async Task A_blob_is_divided_into_ranges_as_a_file_is()
    {
        await using var container = new TestContainer();
        await container.PutAsync("a.csv", Csv(500).Replace("\"two\nlines\"", "one line", StringComparison.Ordinal));
        var source = BlobCsv.Read<Item>(container.Open(), "a.csv", o => (o.SplitSize, o.NoNewlinesInFields) = (1000, true));
        using var context = new TestSourceContext();
        Assert.True((await source.DiscoverAsync(context, CancellationToken.None)).Count > 3);
        Assert.Equal(Enumerable.Range(0, 500), (await Reading.AllAsync(source)).Select(item => item.Id));
    }

    [AzuriteFact]
    public async Task A_blob_larger_than_every_buffer_is_read_whole()
    {
        await using var container = new TestContainer();
        string line = new('x', 1000);
        string text = string.Concat(Enumerable.Range(0, 10_000).Select(i => $"{{\"id\":{i},\"name\":\"{line}\"}}\n"));
        await container.PutAsync("a.jsonl", text);
        await container.PutAsync("b.jsonl.gz", text);
        List<Item> items = await Reading.AllAsync(BlobJsonLines.Read<Item>(container.Open(), "*.jsonl*"));
        Assert.Equal(Enumerable.Range(0, 20_000).Select(i => i % 10_000), items.Select(item => item.Id));
        Assert.All(items, item => Assert.Equal(line, item.Name));
    }

    [AzuriteFact]
    public async Task A_blob_overwritten_under_a_checkpoint_is_refused()
    {
        await using var container = new TestContainer();
        await container.PutAsync("a.csv", Csv(10));
        var source = BlobCsv.Read<Item>(container.Open(), "a.csv");
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        await container.PutAsync("a.csv", Csv(10, 5));
        using var context = new TestSourceContext();
        var error = Assert.Throws<SourceFileException>(() => Reading.Split(source, split.Id, split.Start, context));
        Assert.Contains("changed under the checkpoint", error.Message, StringComparison.Ordinal);
    }

    [AzuriteFact]
    public async Task A_blob_overwritten_while_it_is_read_is_refused_at_the_next_range()
    {
        await using var container = new TestContainer();
        string text = Csv(30_000);
        await container.PutAsync("a.csv", text);
        var source = BlobCsv.Read<Item>(container.Open(), "a.csv", o => o.ReadAheadBytes = 70_000);
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        using var context = new TestSourceContext();
        using SplitReader<Item, FilePosition> reader = source.OpenReader(split.Id, split.Start, context);
        int read = ReadUntil(reader, context, 1);
        await container.PutAsync("a.csv", text);
        var error = Assert.Throws<SourceFileException>(() => ReadUntil(reader, context, 30_000 - read));
        Assert.Contains("overwritten while it was being read", error.Message, StringComparison.Ordinal);
        // The content is what it was, so from the checkpoint it goes on.
        Assert.Equal(30_000, Reading.Split(source, split.Id, split.Start, context, capacity: 1000).Count);
    }

    [AzuriteFact]
    public async Task An_append_blob_that_grows_is_read_up_to_where_the_job_took_it_up()
    {
        await using var container = await new TestContainer().MakeAsync();
        AppendBlobClient blob = container.Client.GetAppendBlobClient("log.jsonl");
        await blob.CreateAsync(new AppendBlobCreateOptions());
        await AppendAsync(blob, "{\"id\":1}\n");
        var source = BlobJsonLines.Read<Item>(container.Open(), "log.jsonl");
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        await AppendAsync(blob, "{\"id\":2}\n");
        using var context = new TestSourceContext();
        Assert.Equal([1], Reading.Split(source, split.Id, split.Start, context).Select(item => item.Id));
    }

    [AzuriteFact]
    public async Task What_is_missing_is_named_with_the_remedy()
    {
        await using var container = await new TestContainer().MakeAsync();
        using var context = new TestSourceContext();
        foreach (string name in new[] { "no/such.csv", "no/*.csv" })
        {
            var error = await Assert.ThrowsAsync<SourceFileException>(async () => await BlobCsv.Read<Item>(container.Open(), name).DiscoverAsync(context, CancellationToken.None));
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
            Assert.Contains(container.Name, error.Message, StringComparison.Ordinal);
        }
        var noContainer = BlobCsv.Read<Item>(new AzureBlobContainer(Azurite.ConnectionString, "not-there"), "*.csv");
        var missing = await Assert.ThrowsAsync<SourceFileException>(async () => await noContainer.DiscoverAsync(context, CancellationToken.None));
        Assert.Contains("CreateIfMissing", missing.Message, StringComparison.Ordinal);
    }

    [AzuriteFact]
    public async Task A_header_that_lacks_a_column_is_found_before_the_job_runs()
    {
        await using var container = new TestContainer();
        await container.PutAsync("a.csv", Csv(1));
        await container.PutAsync("b.csv", "id,other\n1,x\n");
        using var context = new TestSourceContext();
        var error = await Assert.ThrowsAsync<SourceFileException>(async () => await BlobCsv.Read<Item>(container.Open(), "*.csv").DiscoverAsync(context, CancellationToken.None));
        Assert.Contains("b.csv", error.Message, StringComparison.Ordinal);
    }

    private static async Task EveryPositionContinuesAsync(Source<Item, FilePosition> source, int count)
    {
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        using var context = new TestSourceContext { FailOnBad = true };
        var steps = Reading.Steps(source, split.Id, split.Start, context, capacity: 7);
        List<Item> all = [.. steps.SelectMany(s => s.Records)];
        Assert.Equal(Enumerable.Range(0, count), all.Select(item => item.Id));
        int delivered = 0;
        foreach ((Item[] records, FilePosition after) in steps)
        {
            delivered += records.Length;
            Assert.Equal(all.Skip(delivered), Reading.Split(source, split.Id, after, context));
        }
    }

    /// <summary>Reads at least so many records.</summary>
    private static int ReadUntil(SplitReader<Item, FilePosition> reader, TestSourceContext context, int wanted)
    {
        int total = 0;
        while (total < wanted)
        {
            var batch = new Batch<Item>(100);
            ReadStatus status = reader.Read(batch);
            total += batch.Count;
            if (status == ReadStatus.Ended)
                break;
            if (status == ReadStatus.Pending)
                context.WaitToBeWoken();
        }
        return total;
    }

    private static async Task AppendAsync(AppendBlobClient blob, string text)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await blob.AppendBlockAsync(content);
    }
}
