using System.Globalization;
using System.Text;

namespace Gristmill.Files.Tests;

/// <summary>What a checkpoint relies on: a reader opened at a position goes on exactly there.</summary>
public class PositionTests
{
    // Every shape of record end and content, against chunks so small that records lie across them in every way.
    private static string Text(string newLine, bool finalNewLine)
    {
        var text = new StringBuilder("id,name").Append(newLine);
        for (int i = 0; i < 150; i++)
        {
            string name = (i % 7) switch
            {
                0 => $"\"line one{newLine}line \"\"two\"\", {i}\"",
                1 => "",
                2 => $"\"{new string('x', i * 3)}\"",
                3 => "Łódź, \u65E5\u672C".Replace(",", "", StringComparison.Ordinal),
                4 => "bad\"quote",
                _ => $"plain{i}",
            };
            text.Append(CultureInfo.InvariantCulture, $"{i},{name}");
            if (i < 149 || finalNewLine)
                text.Append(newLine);
            if (i % 11 == 0)
                text.Append(newLine);
        }
        return text.ToString();
    }

    [Theory]
    [InlineData("a.csv", "\n", true, 64)]
    [InlineData("a.csv", "\r\n", true, 67)]
    [InlineData("a.csv", "\r\n", false, 101)]
    [InlineData("a.csv", "\n", false, 65536)]
    [InlineData("a.csv.gz", "\n", true, 64)]
    [InlineData("a.csv.gz", "\r\n", false, 97)]
    public async Task A_csv_reader_opened_at_any_position_delivers_exactly_the_rest(string name, string newLine, bool finalNewLine, int chunk)
    {
        using var directory = new TempDirectory();
        var source = Csv.Read<Item>(directory.WriteAs(name, Text(newLine, finalNewLine)), o => o.ReadAheadBytes = chunk);
        int records = await EveryPositionContinuesAsync(source, goodRecords: 150 - 21);
        Assert.Equal(129, records);
    }

    [Theory]
    [InlineData("a.jsonl", "\n", 64)]
    [InlineData("a.jsonl", "\r\n", 71)]
    [InlineData("a.jsonl.gz", "\n", 64)]
    public async Task A_json_reader_opened_at_any_position_delivers_exactly_the_rest(string name, string newLine, int chunk)
    {
        using var directory = new TempDirectory();
        IEnumerable<string> lines = Enumerable.Range(0, 120).Select(i => i % 10 == 3 ? "{\"id\":" : $"{{\"id\":{i},\"name\":\"{new string('n', i)}\"}}");
        var source = JsonLines.Read<Item>(directory.WriteAs(name, string.Join(newLine, lines)), o => o.ReadAheadBytes = chunk);
        await EveryPositionContinuesAsync(source, goodRecords: 108);
    }

    [Fact]
    public async Task Line_numbers_go_on_behind_a_position()
    {
        using var directory = new TempDirectory();
        var source = Csv.Read<Item>(directory.Write("a.csv", "id,name\n1,\"a\nb\"\n\n2,c\nx,d\n"));
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        using var context = new TestSourceContext();
        var steps = Reading.Steps(source, split.Id, split.Start, context, capacity: 1);
        BadRecord whole = Assert.Single(context.Bad);
        Assert.Equal(6, whole.Line);
        FilePosition afterTwo = steps.First(s => s.Records is [{ Id: 2 }]).After;
        Assert.Equal(6, afterTwo.Line);
        context.Bad.Clear();
        Reading.Split(source, split.Id, afterTwo, context);
        Assert.Equal(whole, Assert.Single(context.Bad));
    }

    [Fact]
    public async Task Lines_too_long_for_the_window_are_passed_over_from_any_position_inside()
    {
        using var directory = new TempDirectory();
        var source = Csv.Read<Item>(directory.Write("a.csv", $"id,name\n1,a\n2,{new string('x', 5000)}\n3,c\n"), o =>
        {
            o.ReadAheadBytes = 64;
            o.MaxRecordBytes = 100;
        });
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        using var context = new TestSourceContext();
        var steps = Reading.Steps(source, split.Id, split.Start, context, capacity: 1);
        Assert.Equal([1, 3], steps.SelectMany(s => s.Records).Select(r => r.Id));
        Assert.Equal(100, Assert.Single(context.Bad).Text.Length);
        Assert.Contains(steps, s => s.After.InLine);
        foreach ((_, FilePosition after) in steps.Where(s => s.After.InLine))
            Assert.Equal([3], Reading.Split(source, split.Id, after, context).Select(r => r.Id));
        Assert.Single(context.Bad);
    }

    private static async Task<int> EveryPositionContinuesAsync(Source<Item, FilePosition> source, int goodRecords)
    {
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        using var context = new TestSourceContext();
        var steps = Reading.Steps(source, split.Id, split.Start, context, capacity: 1);
        List<Item> all = [.. steps.SelectMany(s => s.Records)];
        List<BadRecord> allBad = [.. context.Bad];
        Assert.Equal(goodRecords, all.Count);
        Assert.NotEmpty(allBad);
        int delivered = 0;
        foreach ((Item[] records, FilePosition after) in steps)
        {
            delivered += records.Length;
            context.Bad.Clear();
            Assert.Equal(all.Skip(delivered), Reading.Split(source, split.Id, after, context));
            Assert.Equal(allBad.Where(b => b.Line >= after.Line), context.Bad);
        }
        return delivered;
    }
}
