namespace Gristmill.Engine.Tests.Sinks;

/// <summary>How sinks are closed when a generation ends.</summary>
public sealed class CloseTests
{
    [Fact]
    public async Task Writers_of_several_sinks_and_subtasks_are_closed_side_by_side()
    {
        var meeting = new Meeting(4);
        using EmbeddedJob job = Run.Job(
            job =>
            {
                SourceStream<int> numbers = job.From("in", InMemory.Of(1, 2, 3, 4));
                numbers.To("one", new MeetingSink<int>(meeting));
                numbers.To("other", new MeetingSink<int>(meeting));
            },
            Run.Options(parallelism: 2));
        await job.CompletesAsync();
        Assert.Equal(4, meeting.Came);
    }

    [Fact]
    public async Task Committers_of_several_sinks_are_closed_side_by_side()
    {
        var meeting = new Meeting(2);
        using EmbeddedJob job = Run.Job(job =>
        {
            SourceStream<int> numbers = job.From("in", InMemory.Of(1, 2, 3, 4));
            numbers.To("one", new MeetingCommitter<int>(meeting));
            numbers.To("other", new MeetingCommitter<int>(meeting));
        });
        await job.CompletesAsync();
        Assert.Equal(2, meeting.Came);
    }

    /// <summary>Who comes waits until all have come.</summary>
    private sealed class Meeting(int all)
    {
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _came;

        public int Came => Volatile.Read(ref _came);

        public async ValueTask JoinAsync()
        {
            if (Interlocked.Increment(ref _came) == all)
                _complete.SetResult();
            await _complete.Task;
        }
    }

    private sealed class MeetingSink<T>(Meeting meeting) : DirectSink<T>
    {
        public override DirectSinkWriter<T> OpenWriter(SinkContext context) => new Writer(meeting);

        private sealed class Writer(Meeting meeting) : DirectSinkWriter<T>
        {
            public override void Write(ReadOnlySpan<T> records)
            {
            }

            public override ValueTask FlushAsync(CancellationToken cancellationToken) => default;

            public override async ValueTask DisposeAsync()
            {
                await meeting.JoinAsync();
                await base.DisposeAsync();
            }
        }
    }

    private sealed class MeetingCommitter<T>(Meeting meeting) : TransactionalSink<T, int>
    {
        public override SinkWriter<T, int> OpenWriter(SinkContext context) => new Writer();

        public override ValueTask CommitAsync(IReadOnlyList<Staged<int>> staged, SinkContext context, CancellationToken cancellationToken) => default;

        public override ValueTask CloseAsync(SinkContext context) => meeting.JoinAsync();

        private sealed class Writer : SinkWriter<T, int>
        {
            public override void Write(ReadOnlySpan<T> records)
            {
            }

            public override ValueTask<StagedOutput<int>?> StageAsync(long epoch, CancellationToken cancellationToken) => new((StagedOutput<int>?)null);
        }
    }
}
