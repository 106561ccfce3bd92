namespace Gristmill.Files.Tests;

/// <summary>Output is published whole, once, whoever commits it and however often.</summary>
public sealed class SinkCommitTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly TransactionalSink<Item, StagedFile> _sink;

    public SinkCommitTests() => _sink = Csv.Write<Item>(_directory.Path);

    private static Item[] Items => [new(1, "a"), new(2, "b, c")];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Staged_output_is_invisible_until_it_is_committed()
    {
        Staged<StagedFile> staged = await Staging.StageAsync(_sink, 7, Items, subtask: 1);
        Assert.Empty(_directory.Published());
        await Staging.CommitAsync(_sink, 1, staged);
        Assert.Equal(["part-00000007-1.csv"], _directory.Published());
        Assert.Empty(_directory.Staged());
        Assert.Equal("Id,Name\n1,a\n2,\"b, c\"\n", File.ReadAllText(_directory["part-00000007-1.csv"]));
    }

    [Fact]
    public async Task An_epoch_without_records_stages_nothing()
    {
        using var context = new TestSinkContext();
        await using SinkWriter<Item, StagedFile> writer = _sink.OpenWriter(context);
        writer.Write([]);
        Assert.Null(await writer.StageAsync(1, CancellationToken.None));
        await Staging.CommitAsync(_sink, 1);
        Assert.Empty(_directory.Staged());
    }

    [Fact]
    public async Task Committing_again_by_the_same_or_another_generation_changes_nothing()
    {
        Staged<StagedFile> one = await Staging.StageAsync(_sink, 1, Items), two = await Staging.StageAsync(_sink, 1, Items, subtask: 1);
        await Staging.CommitAsync(_sink, 1, one, two);
        string[] after = _directory.Published();
        await Staging.CommitAsync(_sink, 1, one, two);
        await Staging.CommitAsync(_sink, 2, one, two);
        await Staging.CommitAsync(_sink, 1, one);
        Assert.Equal(after, _directory.Published());
        Assert.Equal("Id,Name\n1,a\n2,\"b, c\"\n", File.ReadAllText(_directory[after[0]]));
    }

    [Fact]
    public async Task A_commit_cut_short_is_completed_by_the_next_one()
    {
        Staged<StagedFile> one = await Staging.StageAsync(_sink, 1, Items), two = await Staging.StageAsync(_sink, 1, Items, subtask: 1);
        File.Move(_directory[one.Value.Staged], _directory["part-00000001-0.csv"]);
        await Staging.CommitAsync(_sink, 2, one, two);
        Assert.Equal(["part-00000001-0.csv", "part-00000001-1.csv"], _directory.Published());
    }

    [Fact]
    public async Task Both_generations_committing_at_once_publish_once()
    {
        for (long epoch = 1; epoch <= 30; epoch++)
        {
            Staged<StagedFile>[] staged = [await Staging.StageAsync(_sink, epoch, Items), await Staging.StageAsync(_sink, epoch, Items, subtask: 1)];
            await Task.WhenAll(Staging.CommitAsync(_sink, 1, staged), Staging.CommitAsync(_sink, 2, staged), Staging.CommitAsync(_sink, 2, staged));
        }
        Assert.Equal(60, _directory.Published().Length);
        Assert.Empty(_directory.Staged());
    }

    [Fact]
    public async Task Output_a_consumer_has_taken_is_not_missed()
    {
        Staged<StagedFile> one = await Staging.StageAsync(_sink, 1, Items), two = await Staging.StageAsync(_sink, 2, Items);
        await Staging.CommitAsync(_sink, 1, one);
        await Staging.CommitAsync(_sink, 1, two);
        foreach (string file in _directory.Published())
            File.Delete(_directory[file]);
        await Staging.CommitAsync(_sink, 2, one);
        await Staging.CommitAsync(_sink, 2, two);
        Assert.Empty(_directory.Published());
    }

    [Fact]
    public async Task Output_that_was_never_published_and_is_gone_is_an_error()
    {
        Staged<StagedFile> one = await Staging.StageAsync(_sink, 1, Items), two = await Staging.StageAsync(_sink, 2, Items);
        await Staging.CommitAsync(_sink, 1, one);
        File.Delete(_directory[two.Value.Staged]);
        var error = await Assert.ThrowsAsync<SinkFileException>(() => Staging.CommitAsync(_sink, 2, two));
        Assert.Contains("lost", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Staged_output_that_is_shorter_than_the_checkpoint_says_is_not_published()
    {
        Staged<StagedFile> staged = await Staging.StageAsync(_sink, 1, Items);
        File.WriteAllText(_directory[staged.Value.Staged], "Id,");
        await Assert.ThrowsAsync<SinkFileException>(() => Staging.CommitAsync(_sink, 1, staged));
        Assert.Empty(_directory.Published());
    }

    [Fact]
    public async Task Both_names_with_the_same_content_are_a_rename_cut_in_two()
    {
        Staged<StagedFile> staged = await Staging.StageAsync(_sink, 1, Items);
        File.Copy(_directory[staged.Value.Staged], _directory["part-00000001-0.csv"]);
        await Staging.CommitAsync(_sink, 2, staged);
        Assert.Equal(["part-00000001-0.csv"], _directory.Published());
        Assert.Empty(_directory.Staged());
    }

    [Fact]
    public async Task Output_of_another_run_under_the_same_name_is_neither_replaced_nor_taken_for_ours()
    {
        Staged<StagedFile> staged = await Staging.StageAsync(_sink, 1, Items);
        File.WriteAllText(_directory["part-00000001-0.csv"], "something else");
        var error = await Assert.ThrowsAsync<SinkFileException>(() => Staging.CommitAsync(_sink, 1, staged));
        Assert.Contains("another run", error.Message, StringComparison.Ordinal);
        Assert.Equal("something else", File.ReadAllText(_directory["part-00000001-0.csv"]));
        Assert.Single(_directory.Staged());
    }

    [Fact]
    public async Task Only_older_generations_of_this_operator_are_cleaned_up()
    {
        await Staging.StageAsync(_sink, 3, Items, generation: 1);
        await Staging.StageAsync(_sink, 4, Items, generation: 1);
        await Staging.StageAsync(_sink, 3, Items, generation: 2);
        await Staging.StageAsync(_sink, 3, Items, generation: 3);
        _directory.Write(".staging/job.other-g1-s0-n0.csv", "x");
        _directory.Write(".staging/job.out-g1-s0-n0-g9-s0-n0.csv", "of an operator with an odd name");
        await Staging.CleanUpAsync(_sink, 2);
        Assert.Contains("job.out-g2-s0-n0.csv", _directory.Staged());
        Assert.Contains("job.out-g3-s0-n0.csv", _directory.Staged());
        Assert.Contains("job.other-g1-s0-n0.csv", _directory.Staged());
        Assert.Contains("job.out-g1-s0-n0-g9-s0-n0.csv", _directory.Staged());
        Assert.DoesNotContain("job.out-g1-s0-n0.csv", _directory.Staged());
        Assert.DoesNotContain("job.out-g1-s0-n0~1.csv", _directory.Staged());
    }

    [Fact]
    public async Task An_orphan_that_cant_be_deleted_is_a_warning()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Nothing is denied to this process.");
        await Staging.StageAsync(_sink, 3, Items, generation: 1);
        await Staging.StageAsync(_sink, 4, Items, generation: 1);
        var log = new Warnings();
        SetMode(_directory[".staging"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await Staging.CleanUpAsync(_sink, 2, log);
        SetMode(_directory[".staging"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal(2, log.Texts.Count);
        Assert.Contains(log.Texts, text => text.Contains("job.out-g1-s0-n0.csv", StringComparison.Ordinal));
        await Staging.CleanUpAsync(_sink, 2, log);
        Assert.Empty(_directory.Staged());
        Assert.Equal(2, log.Texts.Count);
    }

    [Fact]
    public async Task Missing_directories_are_made_even_below_one_that_cant_be_read()
    {
        SetMode(_directory.Path, UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var sink = Csv.Write<Item>(_directory["a/b"]);
        await Staging.CommitAsync(sink, 1, await Staging.StageAsync(sink, 1, Items));
        SetMode(_directory.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.True(File.Exists(_directory["a/b/part-00000001-0.csv"]));
    }

    [Fact]
    public async Task A_staged_name_that_is_taken_is_left_alone()
    {
        Staged<StagedFile> one = await Staging.StageAsync(_sink, 1, [new Item(1, "old")]), two = await Staging.StageAsync(_sink, 2, Items);
        Assert.NotEqual(one.Value.Staged, two.Value.Staged);
        await Staging.CommitAsync(_sink, 1, one, two);
        Assert.Equal("Id,Name\n1,old\n", File.ReadAllText(_directory["part-00000001-0.csv"]));
    }

    [Fact]
    public async Task A_zombies_output_never_meets_that_of_the_generation_after_it()
    {
        Staged<StagedFile> zombie = await Staging.StageAsync(_sink, 4, [new Item(0, "zombie")], generation: 1);
        await Staging.CleanUpAsync(_sink, 2);
        Staged<StagedFile> real = await Staging.StageAsync(_sink, 4, Items, generation: 2);
        Assert.NotEqual(zombie.Value.Staged, real.Value.Staged);
        await Staging.CommitAsync(_sink, 2, real);
        await Staging.CleanUpAsync(_sink, 1);
        Assert.Equal("Id,Name\n1,a\n2,\"b, c\"\n", File.ReadAllText(_directory["part-00000004-0.csv"]));
    }

    [Fact]
    public async Task A_marker_a_zombie_sets_lower_changes_nothing()
    {
        Staged<StagedFile> one = await Staging.StageAsync(_sink, 1, Items), nine = await Staging.StageAsync(_sink, 9, Items);
        await Staging.CommitAsync(_sink, 2, one);
        await Staging.CommitAsync(_sink, 2, nine);
        _directory.Write(".staging/job.out.applied-00000001", "");
        File.Delete(_directory["part-00000009-0.csv"]);
        await Staging.CommitAsync(_sink, 3, nine);
    }

    private static void SetMode(string directory, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(directory, mode);
    }
}
