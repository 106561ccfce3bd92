namespace Gristmill.Files.Tests;

/// <summary>Files that are found, missing, torn, or not what they were.</summary>
public class FileTests
{
    [Fact]
    public async Task A_glob_finds_files_in_ordinal_order_and_ids_do_not_depend_on_where_the_tree_lies()
    {
        using var directory = new TempDirectory();
        foreach (string name in new[] { "in/b.csv", "in/a/z.csv", "in/B.csv", "in/.staging/x.csv", "in/c.txt" })
            directory.Write(name, "id,name\n1,a\n");
        using var context = new TestSourceContext();
        var splits = await Csv.Read<Item>(directory["in/**/*.csv"]).DiscoverAsync(context, CancellationToken.None);
        Assert.Equal(["B.csv", "a/z.csv", "b.csv"], splits.Select(s => s.Id));
    }

    [Fact]
    public async Task Several_paths_are_named_from_the_directory_they_share_and_read_once()
    {
        using var directory = new TempDirectory();
        directory.Write("x/1.csv", "id,name\n1,a\n");
        string two = directory.Write("y/2.csv", "id,name\n2,b\n");
        using var context = new TestSourceContext();
        var source = Csv.Read<Item>([directory["x/*.csv"], two, directory["y/*.csv"]]);
        Assert.Equal(["x/1.csv", "y/2.csv"], (await source.DiscoverAsync(context, CancellationToken.None)).Select(s => s.Id));
        Assert.Equal([1, 2], (await Reading.AllAsync(source)).Select(r => r.Id));
    }

    [Theory]
    [InlineData("none.csv", "is missing")]
    [InlineData("none*.csv", "finds no file")]
    [InlineData("", "is a directory")]
    public async Task Input_that_is_not_there_is_a_clear_error(string name, string message)
    {
        using var directory = new TempDirectory();
        var error = await Assert.ThrowsAsync<SourceFileException>(() => Reading.AllAsync(Csv.Read<Item>(directory[name])));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_file_has_no_records()
    {
        using var directory = new TempDirectory();
        Assert.Empty(await Reading.AllAsync(Csv.Read<Item>(directory.Write("a.csv", ""))));
        Assert.Empty(await Reading.AllAsync(Csv.Read<Item>(directory.Write("b.csv", "id,name"))));
        Assert.Empty(await Reading.AllAsync(JsonLines.Read<Item>(directory.Write("a.jsonl", ""))));
    }

    [Fact]
    public async Task Gzip_is_told_by_its_content_and_may_have_several_members()
    {
        using var directory = new TempDirectory();
        string path = directory.Write("a.csv", [.. TempDirectory.Gzip("id,name\n1,a\n"), .. TempDirectory.Gzip("2,b\n")]);
        Assert.Equal([1, 2], (await Reading.AllAsync(Csv.Read<Item>(path))).Select(r => r.Id));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(30)]
    [InlineData(-3)]
    public async Task A_torn_gzip_file_is_an_error_and_not_a_shorter_file(int cut)
    {
        using var directory = new TempDirectory();
        byte[] whole = TempDirectory.Gzip("id,name\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i},name{i * 7919 % 1000}\n")));
        string path = directory.Write("a.csv.gz", whole[..(cut > 0 ? whole.Length - cut : -cut)]);
        var error = await Assert.ThrowsAsync<SourceFileException>(() => Reading.AllAsync(Csv.Read<Item>(path)));
        Assert.Contains("is torn", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_claims_to_be_gzip_and_is_not_is_an_error()
    {
        using var directory = new TempDirectory();
        await Assert.ThrowsAsync<SourceFileException>(() => Reading.AllAsync(Csv.Read<Item>(directory.Write("a.csv.gz", "id,name\n1,a\n"))));
    }

    [Theory]
    [InlineData("id,name\n1,a\n2,X\n")]
    [InlineData("id,name\n1,a\n")]
    [InlineData("id,name\n1,a\n2,X\n3,c\n")]
    public async Task A_file_that_changed_under_a_checkpoint_is_an_error(string changed)
    {
        using var directory = new TempDirectory();
        var source = Csv.Read<Item>(directory.Write("a.csv", "id,name\n1,a\n2,b\n"));
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        directory.Write("a.csv", changed);
        using var context = new TestSourceContext();
        var error = Assert.Throws<SourceFileException>(() => Reading.Split(source, split.Id, split.Start, context));
        Assert.Contains("changed under the checkpoint", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_file_rewritten_with_the_same_beginning_and_length_is_noticed_by_its_end()
    {
        using var directory = new TempDirectory();
        string text = "id,name\n" + string.Concat(Enumerable.Range(10_000, 5000).Select(i => $"{i},n\n"));
        var source = Csv.Read<Item>(directory.Write("a.csv", text));
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        directory.Write("a.csv", text[..^2] + "X\n");
        using var context = new TestSourceContext();
        var error = Assert.Throws<SourceFileException>(() => Reading.Split(source, split.Id, split.Start, context));
        Assert.Contains("as many of other content", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_appended_later_is_not_read_so_a_job_that_goes_back_reads_the_same()
    {
        using var directory = new TempDirectory();
        var source = Csv.Read<Item>(directory.Write("a.csv", "id,name\n1,a\n2,b\n"));
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        File.AppendAllText(directory["a.csv"], "3,c\n");
        using var context = new TestSourceContext();
        Assert.Equal([1, 2], Reading.Split(source, split.Id, split.Start, context).Select(r => r.Id));
    }

    [Fact]
    public async Task A_reader_disposed_while_it_reads_ahead_lets_go_of_the_file()
    {
        using var directory = new TempDirectory();
        var source = Csv.Read<Item>(directory.WriteAs("a.csv.gz", "id,name\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i},n\n"))), o => o.ReadAheadBytes = 256);
        SourceSplit<FilePosition> split = await Reading.OnlySplitAsync(source);
        using var context = new TestSourceContext();
        for (int i = 0; i < 200; i++)
        {
            using SplitReader<Item, FilePosition> reader = source.OpenReader(split.Id, split.Start, context);
            reader.Read(new Batch<Item>(3));
        }
        Assert.Equal(5000, (await Reading.AllAsync(source)).Count);
    }
}
