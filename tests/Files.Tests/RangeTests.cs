using System.Globalization;
using System.Text;

namespace Gristmill.Files.Tests;

/// <summary>Files read in byte ranges.</summary>
public class RangeTests
{
    public static TheoryData<string, string> Files => new()
    {
        { "a.csv", "\n" },
        { "a.csv", "\r\n" },
        { "a.csv", "\r" },
        { "a.jsonl", "\n" },
        { "a.jsonl", "\r\n" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Ranges_of_any_size_cover_every_record_exactly_once(string name, string newLine)
    {
        using var directory = new TempDirectory();
        bool csv = name.EndsWith(".csv", StringComparison.Ordinal);
        var text = new StringBuilder(csv ? "\uFEFFid,name" + newLine : "");
        for (int i = 0; i < 40; i++)
        {
            text.Append(csv ? $"{i},{new string('v', i % 13)}" : $"{{\"id\":{i},\"name\":\"{new string('v', i % 13)}\"}}").Append(newLine);
            if (i % 9 == 0)
                text.Append(newLine);
        }
        string path = directory.Write(name, text.ToString());
        long length = new FileInfo(path).Length;
        for (long size = 1; size <= length + 1; size += size < 60 ? 1 : 41)
        {
            Source<Item, FilePosition> source = csv
                ? Csv.Read<Item>(path, o => (o.SplitSize, o.NoNewlinesInFields, o.ReadAheadBytes) = (size, true, 64))
                : JsonLines.Read<Item>(path, o => (o.SplitSize, o.ReadAheadBytes) = (size, 64));
            List<Item> records = await Reading.AllAsync(source);
            Assert.Equal(Enumerable.Range(0, 40), records.Select(r => r.Id));
        }
    }

    [Fact]
    public async Task A_range_taken_up_in_its_midst_ends_where_it_did()
    {
        using var directory = new TempDirectory();
        string text = "id,name\n" + string.Concat(Enumerable.Range(0, 50).Select(i => $"{i.ToString(CultureInfo.InvariantCulture)},n\n"));
        var source = Csv.Read<Item>(directory.Write("a.csv", text), o => (o.SplitSize, o.NoNewlinesInFields) = (60, true));
        using var context = new TestSourceContext();
        foreach (SourceSplit<FilePosition> split in await source.DiscoverAsync(context, CancellationToken.None))
        {
            var steps = Reading.Steps(source, split.Id, split.Start, context, capacity: 1);
            List<Item> all = [.. steps.SelectMany(s => s.Records)];
            for (int i = 0, delivered = 0; i < steps.Count; i++)
            {
                delivered += steps[i].Records.Length;
                Assert.Equal(all.Skip(delivered), Reading.Split(source, split.Id, steps[i].After, context));
            }
        }
    }

    [Fact]
    public async Task A_compressed_file_is_one_split_however_large()
    {
        using var directory = new TempDirectory();
        var source = JsonLines.Read<Item>(directory.WriteAs("a.jsonl.gz", "{\"id\":1,\"name\":\"a\"}\n{\"id\":2,\"name\":\"b\"}\n"), o => o.SplitSize = 1);
        Assert.Equal("a.jsonl.gz", (await Reading.OnlySplitAsync(source)).Id);
        Assert.Equal(2, (await Reading.AllAsync(source)).Count);
    }

    [Fact]
    public void Csv_is_not_divided_without_the_promise_that_allows_it()
    {
        string fault = Assert.Single(Csv.Read<Item>("a.csv", o => o.SplitSize = 100).Validate());
        Assert.Contains("NoNewlinesInFields", fault, StringComparison.Ordinal);
    }
}
