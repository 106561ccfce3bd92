namespace Gristmill.Files.Tests;

/// <summary>Which column goes into which member.</summary>
public class CsvMappingTests
{
    [Fact]
    public async Task Columns_are_found_by_name_without_case_underscores_and_spaces_and_others_are_ignored()
    {
        using var directory = new TempDirectory();
        string path = directory.Write("a.csv", "extra,TOTAL delay,home_town\n9,5,Graz\n");
        Assert.Equal(new Named(5, "Graz"), Assert.Single(await Reading.AllAsync(Csv.Read<Named>(path))));
    }

    [Fact]
    public async Task Each_file_has_its_own_order_of_columns()
    {
        using var directory = new TempDirectory();
        directory.Write("1.csv", "id,name\n1,a\n");
        directory.Write("2.csv", "name,id\nb,2\n");
        Assert.Equal([new Item(1, "a"), new Item(2, "b")], await Reading.AllAsync(Csv.Read<Item>(directory["*.csv"])));
    }

    [Fact]
    public async Task A_missing_column_is_an_error_before_the_first_record_that_names_column_and_member()
    {
        using var directory = new TempDirectory();
        var source = Csv.Read<Item>(directory.Write("a.csv", "id,nom\n1,a\n"));
        using var context = new TestSourceContext();
        var error = await Assert.ThrowsAsync<SourceFileException>(async () => await source.DiscoverAsync(context, CancellationToken.None));
        Assert.Contains("'Name'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Item.Name", error.Message, StringComparison.Ordinal);
        Assert.Contains("id, nom", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_columns_for_one_member_are_an_error()
    {
        using var directory = new TempDirectory();
        var source = Csv.Read<Item>(directory.Write("a.csv", "id,name,NAME\n1,a,b\n"));
        await Assert.ThrowsAsync<SourceFileException>(() => Reading.AllAsync(source));
    }

    [Fact]
    public async Task Without_a_header_columns_go_by_position()
    {
        using var directory = new TempDirectory();
        string path = directory.Write("a.csv", "\uFEFF1;a\n2;b\n");
        Assert.Equal([new Item(1, "a"), new Item(2, "b")],
            await Reading.AllAsync(Csv.Read<Item>(path, o => (o.HasHeader, o.Delimiter) = (false, ';'))));
    }

    [Fact]
    public async Task Members_can_be_given_another_column_or_none()
    {
        using var directory = new TempDirectory();
        string path = directory.Write("a.csv", "number,title\n1,a\n");
        var source = Csv.Read<Settable>(path, o => o.Column(x => x.Id, "number").Column(x => x.Title, "TITLE").Ignore(x => x.Note));
        Settable record = Assert.Single(await Reading.AllAsync(source));
        Assert.Equal((1, "a", "unset"), (record.Id, record.Title, record.Note));
    }

    [Fact]
    public async Task A_parameter_with_a_default_value_may_lack_its_column()
    {
        using var directory = new TempDirectory();
        Assert.Equal(new Optional(1, 42), Assert.Single(await Reading.AllAsync(Csv.Read<Optional>(directory.Write("a.csv", "id\n1\n")))));
        Assert.Equal(new Optional(1, 2), Assert.Single(await Reading.AllAsync(Csv.Read<Optional>(directory.Write("b.csv", "size,id\n2,1\n")))));
    }

    [Fact]
    public async Task A_struct_slot_keeps_nothing_of_what_it_held_before()
    {
        using var directory = new TempDirectory();
        var source = Csv.Read<Partial>(directory.Write("a.csv", "id\n1\n"), o => o.Ignore(x => x.Note));
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        using var context = new TestSourceContext();
        using SplitReader<Partial, FilePosition> reader = source.OpenReader(split.Id, split.Start, context);
        var batch = new Batch<Partial>(1);
        batch.Unfilled[0] = new Partial { Id = 9, Note = "left over" };
        while (reader.Read(batch) == ReadStatus.Pending)
            context.WaitToBeWoken();
        Assert.Equal((1, null), (batch.Records[0].Id, batch.Records[0].Note));
    }

    [Fact]
    public void Types_that_no_field_can_become_are_faults_at_the_start()
    {
        string fault = Assert.Single(Csv.Read<Nested>("a.csv").Validate());
        Assert.Contains("Nested.Inner", fault, StringComparison.Ordinal);
    }

    private sealed record Named(int TotalDelay, string HomeTown);

    private record struct Optional(int Id, long Size = 42);

    private struct Partial
    {
        public int Id { get; set; }

        public string? Note { get; set; }
    }

    private sealed record Nested(int Id, Item Inner);

    private sealed class Settable
    {
        public int Id { get; init; }

        public required string Title { get; set; }

        public string Note { get; set; } = "unset";
    }
}
