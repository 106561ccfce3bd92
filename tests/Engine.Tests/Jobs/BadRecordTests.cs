namespace Gristmill.Engine.Tests.Jobs;

public sealed class BadRecordTests
{
    [Fact]
    public async Task By_default_a_bad_record_fails_the_job_for_good_naming_place_text_and_remedy()
    {
        using EmbeddedJob job = Run.Job(
            job => job.From("lines", new Lines()).To("out", new Collected<int>()), Run.Options(configure: o => o.Restart.Policy = RestartPolicy.FixedDelay));
        JobOutcome outcome = await job.EndsAsync();
        Assert.Equal(JobState.Failed, outcome.State);
        BadRecordException cause = Assert.IsType<BadRecordException>(outcome.Error!.InnerException);
        Assert.Equal(new BadRecord("memory", 3, "three", "not a number"), cause.Bad);
        foreach (string expected in new[] { "'lines'", "line 3", "'three'", "Skip", "DeadLetters" })
            Assert.Contains(expected, cause.Message, StringComparison.Ordinal);
        Assert.Equal(0, job.Status.Restarts);
        Assert.Equal(1, job.Status.BadRecords);
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task Skipped_ones_are_counted(int parallelism)
    {
        var collected = new Collected<int>();
        using EmbeddedJob job = Run.Job(job => job.From("lines", new Lines()).OnBadRecord(BadRecordPolicy.Skip).To("out", collected), Run.Options(parallelism));
        await job.CompletesAsync();
        Assert.Equal([1, 2, 4, 6], collected.Rows);
        Assert.Equal(2, job.Status.BadRecords);
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task Dead_letters_are_a_stream_like_any_other_and_come_exactly_once(int parallelism)
    {
        Collected<int> collected = new();
        Collected<string> dead = new();
        bool thrown = false;
        using EmbeddedJob job = Run.Job(
            job =>
            {
                job.From("lines", new Lines()).DeadLetters(out Stream<BadRecord> bad).Select(n => n != 6 || thrown ? n : Throw()).To("out", collected);
                bad.Select(one => $"{one.Line} {one.Text}").To("dead", dead);
            },
            Run.Options(parallelism, configure: o => o.Restart.Policy = RestartPolicy.FixedDelay));
        await job.CompletesAsync();
        Assert.Equal(1, job.Status.Restarts);
        Assert.Equal([1, 2, 4, 6], collected.Rows);
        Assert.Equal(["3 three", "5 five"], dead.Rows);

        int Throw()
        {
            thrown = true;
            throw new InvalidTimeZoneException("planted");
        }
    }

    private sealed class Lines : Source<int, int>
    {
        private static readonly string[] Texts = ["1", "2", "three", "4", "five", "6"];

        public override ValueTask<IReadOnlyList<SourceSplit<int>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken) => new([new SourceSplit<int>("all", 0)]);

        public override SplitReader<int, int> OpenReader(string splitId, int position, SourceContext context) => new Reader(position, context);

        private sealed class Reader(int next, SourceContext context) : SplitReader<int, int>
        {
            private int _next = next;

            public override int Position => _next;

            public override ReadStatus Read(Batch<int> batch)
            {
                string text = Texts[_next++];
                if (int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out int number))
                    batch.Add(number);
                else
                    context.ReportBadRecord(new BadRecord("memory", _next, text, "not a number"));
                return _next == Texts.Length ? ReadStatus.Ended : ReadStatus.Ready;
            }
        }
    }
}
