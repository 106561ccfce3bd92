namespace Gristmill.Files.Tests;

/// <summary>What CSV text becomes which records.</summary>
public class CsvRecordTests
{
    private enum Color
    {
        Red,
        Green,
    }

    [Fact]
    public async Task Quoted_fields_hold_commas_quotes_and_line_breaks()
    {
        using var directory = new TempDirectory();
        string path = directory.Write("a.csv", "id,name\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n\r\n2,\"\"\n3,d");
        Assert.Equal([new Item(1, "a, \"b\"\r\nc"), new Item(2, ""), new Item(3, "d")], await Reading.AllAsync(Csv.Read<Item>(path)));
    }

    [Fact]
    public async Task A_byte_order_mark_is_passed_over_at_the_start_and_kept_elsewhere()
    {
        using var directory = new TempDirectory();
        string path = directory.Write("a.csv", "\uFEFFname,id\nx,1\n\uFEFFy,2\n");
        // A window that begins at the second mark must not take it for the file's.
        var source = Csv.Read<ItemClass>(path);
        Assert.Equal(["x", "\uFEFFy"], (await Reading.AllAsync(source)).Select(r => r.Name));
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        using var context = new TestSourceContext();
        foreach (var step in Reading.Steps(source, split.Id, split.Start, context, 1).Where(s => s.Records is [{ Name: "x" }]))
            Assert.Equal("\uFEFFy", Assert.Single(Reading.Split(source, split.Id, step.After, context)).Name);
    }

    [Fact]
    public async Task Every_plain_type_is_parsed_in_the_invariant_culture()
    {
        using var directory = new TempDirectory();
        string path = directory.Write("a.csv",
            "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o\n"
            + "-7,255,1.5,2.25,true,x,Green,2001-02-03,04:05:06,1.02:03:04,00000000-0000-0000-0000-000000000001,2001-02-03T04:05:06+02:00,,5,\n");
        var record = Assert.Single(await Reading.AllAsync(Csv.Read<Types>(path)));
        Assert.Equal(new Types(-7, 255, 1.5, 2.25m, true, 'x', Color.Green, new DateOnly(2001, 2, 3), new TimeOnly(4, 5, 6),
            new TimeSpan(1, 2, 3, 4), Guid.Parse("00000000-0000-0000-0000-000000000001"),
            new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.FromHours(2)), null, 5, null), record);
    }

    [Theory]
    [InlineData("2001-02-03", "2001-02-03T00:00:00.0000000")]
    [InlineData("2001-02-03T04:05", "2001-02-03T04:05:00.0000000")]
    [InlineData("2001-02-03 04:05:06", "2001-02-03T04:05:06.0000000")]
    [InlineData("2001-02-03T04:05:06.7", "2001-02-03T04:05:06.7000000")]
    [InlineData("2001-02-03T04:05:06.1234567Z", "2001-02-03T04:05:06.1234567Z")]
    [InlineData("2001-02-03T04:05:06+02:00", "2001-02-03T02:05:06.0000000Z")]
    [InlineData("02/03/2001 04:05", "2001-02-03T04:05:00.0000000")]
    public async Task Times_keep_what_they_say_of_their_zone(string text, string expected)
    {
        using var directory = new TempDirectory();
        var record = Assert.Single(await Reading.AllAsync(Csv.Read<Timed>(directory.Write("a.csv", $"at\n{text}\n"))));
        Assert.Equal(expected, record.At.ToString("O", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("2001-02-29")]
    [InlineData("2001-13-01")]
    [InlineData("2001-02-03T24:00")]
    [InlineData("2001-02-03T04:60")]
    [InlineData("2001-02-0x")]
    [InlineData("2001-02-03T04:05:06.")]
    [InlineData("0000-01-01")]
    [InlineData("")]
    public async Task Times_that_are_none_are_bad_records(string text)
    {
        using var directory = new TempDirectory();
        using var context = new TestSourceContext();
        Assert.Empty(await Reading.AllAsync(Csv.Read<Timed>(directory.Write("a.csv", $"n,at\n1,{text}\n")), context));
        Assert.Contains("'at'", Assert.Single(context.Bad).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_that_comes_again_is_the_same_string()
    {
        using var directory = new TempDirectory();
        string path = directory.Write("a.csv", "id,name\n1,LAX\n2,ATL\n3,LAX\n4,a text well over sixteen bytes\n5,a text well over sixteen bytes\n");
        List<Item> records = await Reading.AllAsync(Csv.Read<Item>(path));
        Assert.Same(records[0].Name, records[2].Name);
        Assert.Same(records[3].Name, records[4].Name);
        Assert.Equal("ATL", records[1].Name);
    }

    [Fact]
    public async Task Ever_new_values_stay_right_when_the_cache_gives_up()
    {
        using var directory = new TempDirectory();
        string path = directory.Write("a.csv", "id,name\n" + string.Concat(Enumerable.Range(0, 40_000).Select(i => $"{i},value{i}\n")));
        Assert.All(await Reading.AllAsync(Csv.Read<Item>(path)), r => Assert.Equal($"value{r.Id}", r.Name));
    }

    [Fact]
    public async Task The_line_is_kept_as_it_stood_where_asked_for()
    {
        using var directory = new TempDirectory();
        string path = directory.Write("a.csv", "id,name\r\n007,\"a\r\nb\"\r\n8, c \r\n");
        List<LineItem> records = await Reading.AllAsync(Csv.Read<LineItem>(path, o => o.KeepLine(x => x.Line)));
        Assert.Equal(["007,\"a\r\nb\"", "8, c "], records.Select(r => r.Line));
        Assert.Equal([7, 8], records.Select(r => r.Id));
    }

    private sealed record Timed(DateTime At);

    private sealed record Types(int A, byte B, double C, decimal D, bool E, char F, Color G, DateOnly H, TimeOnly I, TimeSpan J, Guid K,
        DateTimeOffset L, int? M, int? N, string? O);
}
