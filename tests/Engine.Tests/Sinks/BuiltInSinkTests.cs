using System.Text;

namespace Gristmill.Engine.Tests.Sinks;

public sealed class BuiltInSinkTests
{
    [Theory, InlineData(1), InlineData(3)]
    public async Task Console_lines_are_the_formatted_records_whole_and_each(int parallelism)
    {
        var writer = new StringWriter();
        int[] numbers = [.. Enumerable.Range(0, 500)];
        await Run.ToEndAsync(job => job.From("in", InMemory.From(numbers, 3)).To("lines", ConsoleLines.Write<int>(n => $"line {n}", writer)), Run.Options(parallelism));
        Assert.Equal(
            numbers.Select(n => $"line {n}").Order(StringComparer.Ordinal),
            writer.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_terminal_that_takes_nothing_holds_its_sink_back_and_nobody_else()
    {
        using var writer = new StuckWriter();
        var other = new Collected<long>();
        using EmbeddedJob job = Run.Job(
            job =>
            {
                job.From("much", Generator.Sequence()).To("lines", ConsoleLines.Write<long>(n => new string('x', 100), writer));
                job.From("other", Generator.Sequence(count: 100_000)).To("out", other);
            },
            Run.Options(configure: o => o.BatchSize = 256));
        job.Start();
        await Wait.UntilAsync(() => job.Progress.Metrics.RecordsOut("out", 0).Value == 100_000, "the other stream is through");
        await Wait.UntilAsync(() => job.Progress.Metrics.RecordsOut("lines", 0).Value > 0, "lines were gathered");
        long held = job.Progress.Metrics.RecordsOut("lines", 0).Value;
        Assert.InRange(held, 1, 2000);
        Assert.False(job.Completion.IsCompleted);
        writer.Open();
        await Wait.UntilAsync(() => job.Progress.Metrics.RecordsOut("lines", 0).Value > held + 5000, "lines flow again");
        await job.CheckpointAsync().Soon();
        Assert.Equal(100_000, other.Count);
        await job.CancelAsync().Soon();
    }

    [Fact]
    public async Task A_writer_that_fails_fails_the_job_naming_the_sink()
    {
        using var broken = new StuckWriter(new IOException("planted: broken pipe"));
        broken.Open();
        using EmbeddedJob job = Run.Job(job => job.From("in", Generator.Sequence()).To("lines", ConsoleLines.Write<long>(writer: broken)));
        JobOutcome outcome = await job.EndsAsync();
        Assert.Equal(JobState.Failed, outcome.State);
        Assert.Contains("'lines'", outcome.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("broken pipe", outcome.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Collected_rows_may_be_read_while_the_job_runs_and_one_object_may_serve_two_sinks()
    {
        var collected = new Collected<long>();
        using EmbeddedJob job = Run.Job(
            job =>
            {
                Stream<long> numbers = job.From("in", Generator.Sequence(count: 20_000));
                numbers.To("one", collected);
                numbers.To("two", collected);
            },
            Run.Options(configure: o =>
            {
                o.Checkpoints.Periodic = true;
                o.Checkpoints.Interval = TimeSpan.FromMilliseconds(1);
            }));
        job.Start();
        await Wait.UntilAsync(() => job.Completion.IsCompleted, "it ends", meanwhile: () => Assert.Equal(0, collected.Rows.Count % 2));
        Assert.Equal(Enumerable.Range(0, 40_000).Select(n => n / 2L), collected.Rows.Order());
    }

    private sealed class StuckWriter(Exception? error = null) : TextWriter
    {
        private readonly ManualResetEventSlim _open = new();

        public override Encoding Encoding => Encoding.UTF8;

        public void Open() => _open.Set();

        public override void Write(string? value)
        {
            _open.Wait(Wait.Bound);
            if (error is not null)
                throw error;
        }

        protected override void Dispose(bool disposing)
        {
            _open.Set();
            base.Dispose(disposing);
        }
    }
}
