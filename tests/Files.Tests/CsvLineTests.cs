namespace Gristmill.Files.Tests;

/// <summary>Rows handed on as they were.</summary>
public sealed class CsvLineTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private record struct Row(string Name, string Line);

    public void Dispose() => _directory.Dispose();

    [Theory, InlineData("\n"), InlineData("\r\n")]
    public async Task A_kept_row_is_written_byte_for_byte(string newLine)
    {
        const string header = "name,what";
        string[] rows = ["a,1", "\"b, \"\"c\"\"\",  2 ", "Zürich,\"\"", "\"two\nlines\",3"];
        string text = string.Join(newLine, rows.Prepend(header)) + newLine;
        File.WriteAllText(_directory["in.csv"], text);
        List<Row> read = await Reading.AllAsync(Csv.Read<Row>(_directory["in.csv"], csv => csv.KeepLine(r => r.Line)));
        Assert.Equal(rows, read.Select(r => r.Line));

        TransactionalSink<Row, StagedFile> sink = Csv.Write<Row>(_directory["out"], csv =>
        {
            csv.NewLine = newLine;
            csv.Line(r => r.Line, header);
        });
        Assert.Empty(sink.Validate());
        await Staging.CommitAsync(sink, 1, await Staging.StageAsync(sink, 1, read.ToArray()));
        Assert.Equal(text, File.ReadAllText(_directory["out/part-00000001-0.csv"]));
    }

    [Fact]
    public void A_row_can_not_be_a_text_and_columns_at_once()
    {
        string fault = Assert.Single(Csv.Write<Row>(_directory["out"], csv => csv.Line(r => r.Line, "name").Column("name", r => r.Name)).Validate());
        Assert.Contains("Line and Column", fault, StringComparison.Ordinal);
    }
}
