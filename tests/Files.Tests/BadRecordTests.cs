using System.Text;

namespace Gristmill.Files.Tests;

/// <summary>Input that is no record is reported, with its place and reason, and what follows is read.</summary>
public class BadRecordTests
{
    [Theory]
    [InlineData("x,a", "Column 'id' holds 'x', which is no Int32.")]
    [InlineData("99999999999,a", "Column 'id' holds '99999999999', which is no Int32.")]
    [InlineData("1", "The row has 1 fields where 2 are expected.")]
    [InlineData("1,a,b", "The row has 3 fields where 2 are expected.")]
    [InlineData("1,a\"b", "A quote stands inside a field")]
    [InlineData("1,\"a\"b", "Text follows a field's closing quote")]
    [InlineData("1,0123456789012345678901234567890123456789", "The row has not ended after MaxRecordBytes, 40")]
    public async Task A_bad_row_is_reported_with_file_line_text_and_reason(string row, string reason)
    {
        using var directory = new TempDirectory();
        using var context = new TestSourceContext();
        string path = directory.Write("a.csv", $"id,name\r\n1,good\r\n{row}\r\n2,good\r\n");
        List<Item> records = await Reading.AllAsync(Csv.Read<Item>(path, o => o.MaxRecordBytes = 40), context);
        Assert.Equal([1, 2], records.Select(r => r.Id));
        BadRecord bad = Assert.Single(context.Bad);
        Assert.Equal((path, 3, row[..Math.Min(40, row.Length)]), (bad.Origin, bad.Line, bad.Text));
        Assert.StartsWith(reason, bad.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_a_bad_record()
    {
        using var directory = new TempDirectory();
        using var context = new TestSourceContext();
        byte[] bytes = [.. "id,name\n1,a"u8, 0xC3, 0x28, .. "\n2,b\n"u8];
        Assert.Equal([2], (await Reading.AllAsync(Csv.Read<Item>(directory.Write("a.csv", bytes)), context)).Select(r => r.Id));
        Assert.Contains("'name' is not valid UTF-8", Assert.Single(context.Bad).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(100_000)]
    public async Task A_quote_that_is_never_closed_costs_its_line_and_no_more(int chunk)
    {
        using var directory = new TempDirectory();
        using var context = new TestSourceContext();
        string text = "id,name\n1,\"open\n" + string.Concat(Enumerable.Range(2, 300).Select(i => $"{i},n\n"));
        List<Item> records = await Reading.AllAsync(Csv.Read<Item>(directory.Write("a.csv", text), o => o.ReadAheadBytes = chunk), context);
        Assert.Equal(Enumerable.Range(2, 300), records.Select(r => r.Id));
        Assert.Equal((2, "1,\"open"), (Assert.Single(context.Bad).Line, context.Bad[0].Text));
    }

    [Fact]
    public async Task What_a_constructor_refuses_is_a_bad_record()
    {
        using var directory = new TempDirectory();
        using var context = new TestSourceContext();
        Assert.Single(await Reading.AllAsync(Csv.Read<Positive>(directory.Write("a.csv", "value\n-1\n1\n")), context));
        Assert.Contains("must be positive", Assert.Single(context.Bad).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flood_of_bad_rows_does_not_make_a_step_long()
    {
        using var directory = new TempDirectory();
        var source = Csv.Read<Item>(directory.Write("a.csv", "id,name\n" + string.Concat(Enumerable.Repeat("bad\n", 1000))));
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        using var context = new TestSourceContext();
        Assert.True(Reading.Steps(source, split.Id, split.Start, context, capacity: 10).Count >= 100);
        Assert.Equal(1000, context.Bad.Count);
    }

    [Fact]
    public async Task Json_that_does_not_parse_is_a_bad_record()
    {
        using var directory = new TempDirectory();
        using var context = new TestSourceContext();
        byte[] bytes = [.. Encoding.UTF8.GetBytes("\uFEFF{\"id\":1,\"name\":\"a\"}\n\n{\"id\":\n{\"id\":\"x\"}\nnull\n{\"id\":2,\"name\":\""), 0xC3, 0x28, .. "\"}\r\n{\"id\":3,\"name\":\"c\"}"u8];
        Assert.Equal([1, 3], (await Reading.AllAsync(JsonLines.Read<ItemClass>(directory.Write("a.jsonl", bytes)), context)).Select(r => r.Id));
        Assert.Equal([3, 4, 5, 6], context.Bad.Select(b => b.Line));
    }

    private sealed class Positive
    {
        public Positive(int value) => Value = value > 0 ? value : throw new ArgumentException("The value must be positive.");

        public int Value { get; }
    }
}
