using System.Text.Json;

namespace Gristmill.Files.Tests;

/// <summary>What a writer stages.</summary>
public sealed class SinkWriterTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Each_epoch_has_its_own_file_and_its_successor_does_not_wait_for_it()
    {
        var sink = Csv.Write<Item>(_directory.Path, o => o.WriteHeader = false);
        using var context = new TestSinkContext();
        await using SinkWriter<Item, StagedFile> writer = sink.OpenWriter(context);
        var staged = new List<Task<StagedOutput<StagedFile>?>>();
        for (int epoch = 1; epoch <= 20; epoch++)
        {
            writer.Write([new Item(epoch, "n")]);
            staged.Add(writer.StageAsync(epoch, CancellationToken.None).AsTask());
        }
        for (int epoch = 1; epoch <= 20; epoch++)
            await Staging.CommitAsync(sink, 1, new Staged<StagedFile>(epoch, 0, (await staged[epoch - 1])!.Value.Value));
        Assert.Equal(Enumerable.Range(1, 20).Select(e => $"{e},n\n"), _directory.Published().Select(f => File.ReadAllText(_directory[f])));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_written_is_read_back(bool gzip)
    {
        string[] names = ["plain", "", "a,b", "\"", "a \"quote\"", "two\nlines", "two\r\nlines", " spaces ", "Łódź", "\r", "'", "\uFEFFmark"];
        Item[] items = [.. Enumerable.Range(0, 5000).Select(i => new Item(i, names[i % names.Length]))];
        var csv = Csv.Write<Item>(_directory.Path, o => o.Gzip = gzip);
        var json = JsonLines.Write<Item>(_directory.Path, o => o.Gzip = gzip);
        await Staging.CommitAsync(csv, 1, await Staging.StageAsync(csv, 1, items));
        await Staging.CommitAsync(json, 1, await Staging.StageAsync(json, 2, items));
        Assert.Equal(items, await Reading.AllAsync(Csv.Read<Item>(_directory["*.csv*"])));
        Assert.Equal(items, await Reading.AllAsync(JsonLines.Read<Item>(_directory["*.jsonl*"])));
    }

    [Fact]
    public async Task Columns_are_named_and_formatted_as_told()
    {
        var sink = Csv.Write<Flight>(_directory.Path, o => o
            .Column("at", f => f.Scheduled, "yyyy-MM-ddTHH:mm").Column("delay_minutes", f => (f.Reported - f.Scheduled).TotalMinutes, "F1").Column("far", f => f.Distance > 500)
            .Column("none", f => (int?)null).Column("kind", f => f.Scheduled.Kind));
        await CommitAsync(sink, new Flight(new DateTime(2001, 1, 2, 3, 4, 0), new DateTime(2001, 1, 2, 3, 14, 0), 700, "A", "B"));
        Assert.Equal("at,delay_minutes,far,none,kind\n2001-01-02T03:04,10.0,true,,Unspecified\n", Published());
    }

    [Fact]
    public async Task Members_are_columns_in_order_under_a_naming_policy()
    {
        var sink = Csv.Write<Derived>(_directory.Path, o => (o.NamingPolicy, o.NewLine) = (JsonNamingPolicy.SnakeCaseLower, "\r\n"));
        await CommitAsync(sink, new Derived { BaseId = 1, HomeTown = null, Weight = 0.1 });
        Assert.Equal("base_id,home_town,weight\r\n1,,0.1\r\n", Published());
    }

    [Fact]
    public void Members_without_a_text_form_are_faults_at_the_start() =>
        Assert.Contains("'Value'", Assert.Single(Csv.Write<KeyValuePair<int, int[]>>(_directory.Path).Validate()), StringComparison.Ordinal);

    [Fact]
    public async Task A_writer_without_room_says_so_and_wakes_when_there_is_some()
    {
        var sink = JsonLines.Write<Item>(_directory.Path, o => o.MaxUnwrittenBytes = 256 << 10);
        using var context = new TestSinkContext();
        await using SinkWriter<Item, StagedFile> writer = sink.OpenWriter(context);
        var item = new Item(1, new string('x', 1 << 20));
        int written = 0;
        for (; written < 20; written++)
        {
            while (!writer.CanWrite)
                context.WaitToBeWoken();
            writer.Write([item]);
        }
        StagedOutput<StagedFile>? staged = await writer.StageAsync(1, CancellationToken.None);
        Assert.Equal(written, staged!.Value.Records);
        Assert.Equal(new FileInfo(_directory[staged.Value.Value.Staged]).Length, staged.Value.Bytes);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_is_an_error_that_names_it()
    {
        string blocked = _directory.Write("blocked", "a file where the directory should be");
        var sink = Csv.Write<Item>(blocked);
        var error = await Assert.ThrowsAsync<SinkFileException>(() => Staging.StageAsync(sink, 1, [new Item(1, "a")]));
        Assert.Contains(blocked, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_writer_closed_in_the_midst_of_an_epoch_leaves_no_file()
    {
        var sink = Csv.Write<Item>(_directory.Path);
        using var context = new TestSinkContext();
        SinkWriter<Item, StagedFile> writer = sink.OpenWriter(context);
        for (int i = 0; i < 100; i++)
            writer.Write([new Item(i, new string('x', 10_000))]);
        await writer.DisposeAsync();
        Assert.Empty(_directory.Staged());
    }

    private static async Task CommitAsync<T>(TransactionalSink<T, StagedFile> sink, T record)
    {
        Assert.Empty(sink.Validate());
        await Staging.CommitAsync(sink, 1, await Staging.StageAsync(sink, 1, [record]));
    }

    private string Published() => File.ReadAllText(_directory[Assert.Single(_directory.Published())]);

    private class Base
    {
        public int BaseId { get; set; }
    }

    private sealed class Derived : Base
    {
        public string? HomeTown { get; set; }

        public double Weight { get; set; }
    }
}
