using static Gristmill.Protocol.CoordinatorAction;

namespace Gristmill.Protocol.Tests;

public sealed class CoordinatorTests
{
    private static readonly CoordinatorOptions Defaults = new()
    {
        Subtasks = 2,
        FirstCheckpoint = new(1),
        IntervalMs = 100,
        MinimumPauseMs = 30,
        TimeoutMs = 1_000,
        ToleratedFailures = 1,
    };

    private readonly Driver _it = new(Defaults);

    [Fact]
    public void The_first_periodic_checkpoint_comes_sooner_where_that_is_asked_for_and_the_gaps_double_up_to_an_interval()
    {
        var it = new Driver(Defaults with { FirstAfterMs = 20, MinimumPauseMs = 0 });
        Assert.Equal([new WakeAt(20)], it.Start());
        long[] due = [20, 60, 140, 240, 340];
        for (int checkpoint = 1; checkpoint < due.Length; checkpoint++)
        {
            Assert.Contains(new IssueBarriers(new(checkpoint), CheckpointKind.Periodic), it.At(due[checkpoint - 1]));
            Assert.Contains(new WakeAt(due[checkpoint]), it.Commit(checkpoint));
        }
    }

    [Fact]
    public void A_checkpoint_goes_from_barriers_to_acks_to_manifest_to_head_to_output()
    {
        Assert.Equal([new WakeAt(100)], _it.Start());
        Assert.Equal([new IssueBarriers(new(1), CheckpointKind.Periodic), new WakeAt(1_100)], _it.At(100));
        Assert.Empty(_it.Ack(1, 0));
        Assert.Equal([new WriteManifest(new(1))], _it.Ack(1, 1));
        Assert.Equal([new MoveHead(new(1))], _it.Tell(new CoordinatorEvent.ManifestWritten(new(1))));
        Assert.Equal([new Apply(new(1))], _it.Tell(new CoordinatorEvent.HeadMoved(new(1))));
        Assert.Equal([new Collect(), new WakeAt(200)], _it.Tell(new CoordinatorEvent.Applied(new(1))));
        Assert.Equal(new CheckpointId(1), _it.State.LastCommitted);
    }

    [Fact]
    public void The_minimum_pause_counts_from_the_end_of_the_last_checkpoint()
    {
        _it.Start();
        _it.At(100);
        _it.At(190);
        Assert.Contains(new WakeAt(220), _it.Commit(1));
        Assert.DoesNotContain(_it.At(219), action => action is IssueBarriers);
        Assert.Contains(new IssueBarriers(new(2), CheckpointKind.Periodic), _it.At(220));
    }

    [Fact]
    public void A_timer_that_fires_early_is_asked_for_again()
    {
        _it.Start();
        Assert.Equal([new WakeAt(100)], _it.At(99));
    }

    [Fact]
    public void No_more_checkpoints_are_open_than_allowed()
    {
        _it.Start();
        _it.At(100);
        Assert.DoesNotContain(_it.At(500), action => action is IssueBarriers);
    }

    [Fact]
    public void A_checkpoint_past_its_timeout_is_aborted_and_its_late_ack_ignored()
    {
        _it.Start();
        _it.At(100);
        _it.Ack(1, 0);
        var aborted = Assert.Single(_it.At(1_100).OfType<AbortCheckpoint>());
        Assert.Equal(AbortReason.TimedOut, aborted.Reason);
        Assert.Contains("{1}", aborted.Detail);
        _it.Ack(1, 1);
        Assert.Equal(IgnoreReason.NotOpen, _it.Ignored);
    }

    [Fact]
    public void A_checkpoint_whose_head_move_is_under_way_does_not_time_out()
    {
        _it.Start();
        _it.At(100);
        _it.Ack(1, 0);
        _it.Ack(1, 1);
        _it.Tell(new CoordinatorEvent.ManifestWritten(new(1)));
        Assert.Empty(_it.At(100_000));
        Assert.Contains(new Apply(new(1)), _it.Tell(new CoordinatorEvent.HeadMoved(new(1))));
    }

    [Fact]
    public void Failures_in_a_row_beyond_the_tolerated_number_fail_the_job()
    {
        _it.Start();
        _it.At(100);
        _it.Tell(new CoordinatorEvent.Declined(_it.State.Generation, new(1), 0, "disk full"));
        _it.At(200);
        var actions = _it.Tell(new CoordinatorEvent.Declined(_it.State.Generation, new(2), 0, "disk full"));
        Assert.Equal(FailReason.TooManyFailures, Assert.Single(actions.OfType<FailJob>()).Reason);
        Assert.True(_it.State.IsOver);
    }

    [Fact]
    public void A_commit_ends_a_row_of_failures()
    {
        _it.Start();
        for (var id = 1; id < 10; id += 2)
        {
            _it.At(_it.State.NowMs + 100);
            _it.Tell(new CoordinatorEvent.Declined(_it.State.Generation, new(id), 0, "again"));
            _it.At(_it.State.NowMs + 100);
            _it.Commit(id + 1);
        }

        Assert.False(_it.State.IsOver);
    }

    [Fact]
    public void A_newer_checkpoint_that_is_ready_first_subsumes_the_older_and_answers_its_requests()
    {
        var it = new Driver(Defaults with { MaxConcurrent = 2 });
        it.Start();
        it.Ask(CheckpointKind.Manual, 7);
        it.At(100);
        it.Ack(2, 0);
        it.Ack(2, 1);
        var actions = it.Tell(new CoordinatorEvent.ManifestWritten(new(2)));
        Assert.Equal(AbortReason.Subsumed, Assert.Single(actions.OfType<AbortCheckpoint>()).Reason);
        Assert.Contains(new MoveHead(new(2)), actions);
        Assert.Equal(0, it.State.FailuresInARow);
        it.Tell(new CoordinatorEvent.HeadMoved(new(2)));
        Assert.Contains(new CompleteRequest(7, new(2)), it.Tell(new CoordinatorEvent.Applied(new(2))));
        it.Ack(1, 0);
        Assert.Equal(IgnoreReason.NotOpen, it.Ignored);
    }

    [Fact]
    public void The_head_does_not_move_on_before_the_output_of_the_checkpoint_it_names_is_published()
    {
        var it = new Driver(Defaults with { MaxConcurrent = 2 });
        it.Start();
        it.Ask(CheckpointKind.Manual, 1);
        it.Ask(CheckpointKind.Manual, 2);
        foreach (var id in (long[])[1, 2])
        {
            it.Ack(id, 0);
            it.Ack(id, 1);
        }

        Assert.Equal([new MoveHead(new(1))], it.Tell(new CoordinatorEvent.ManifestWritten(new(1))));
        Assert.Empty(it.Tell(new CoordinatorEvent.ManifestWritten(new(2))));
        Assert.Equal([new Apply(new(1))], it.Tell(new CoordinatorEvent.HeadMoved(new(1))));
        Assert.Contains(new MoveHead(new(2)), it.Tell(new CoordinatorEvent.Applied(new(1))));
    }

    [Fact]
    public void An_unknown_head_move_fails_the_job_and_aborts_nothing()
    {
        Move();
        var actions = _it.Tell(new CoordinatorEvent.HeadUnknown(new(1), "timeout"));
        Assert.Equal(FailReason.HeadUnknown, Assert.IsType<FailJob>(Assert.Single(actions)).Reason);
    }

    [Fact]
    public void A_lost_head_ends_the_generation_quietly_and_aborts_nothing()
    {
        Move();
        Assert.Equal([new StopFenced()], _it.Tell(new CoordinatorEvent.HeadLost(new(1))));
        Assert.Equal(CoordinatorPhase.Fenced, _it.State.Phase);
    }

    [Fact]
    public void Committed_output_that_cannot_be_published_fails_the_job()
    {
        Move();
        _it.Tell(new CoordinatorEvent.HeadMoved(new(1)));
        var actions = _it.Tell(new CoordinatorEvent.ApplyFailed(new(1), "sink down"));
        Assert.Equal(FailReason.ApplyFailed, Assert.IsType<FailJob>(Assert.Single(actions)).Reason);
    }

    [Fact]
    public void When_all_subtasks_have_ended_a_final_checkpoint_completes_the_job_even_if_none_are_periodic()
    {
        var it = new Driver(Defaults with { Periodic = false });
        Assert.Empty(it.Start());
        it.End(0);
        Assert.Contains(new IssueBarriers(new(1), CheckpointKind.Final), it.End(1));
        Assert.Equal([new Collect(), new CompleteJob(new(1))], it.Commit(1));
        Assert.Equal(CoordinatorPhase.Completed, it.State.Phase);
    }

    [Fact]
    public void A_stop_takes_one_more_checkpoint_and_then_nothing_begins()
    {
        _it.Start();
        Assert.Contains(new IssueBarriers(new(1), CheckpointKind.Stop), _it.Ask(CheckpointKind.Stop, 9));
        Assert.Empty(_it.Ask(CheckpointKind.Manual, 10));
        Assert.DoesNotContain(_it.At(900), action => action is IssueBarriers);
        Assert.Equal(
            [new CompleteRequest(9, new(1)), new Collect(), new CompleteRequest(10, new(1)), new Stopped(new(1))],
            _it.Commit(1));
    }

    [Fact]
    public void A_stop_whose_checkpoint_fails_is_tried_again_after_the_pause_until_too_many_have_failed()
    {
        _it.Start();
        _it.Ask(CheckpointKind.Stop, 9);
        Assert.Contains(new WakeAt(30), _it.Tell(new CoordinatorEvent.Declined(_it.State.Generation, new(1), 1, "busy")));
        Assert.Contains(new IssueBarriers(new(2), CheckpointKind.Stop), _it.At(30));
        var actions = _it.Tell(new CoordinatorEvent.Declined(_it.State.Generation, new(2), 1, "busy"));
        Assert.Single(actions.OfType<FailRequest>(), failed => failed.RequestId == 9);
        Assert.Single(actions.OfType<FailJob>());
    }

    [Fact]
    public void Messages_of_another_generation_are_ignored()
    {
        _it.Start();
        _it.At(100);
        _it.Tell(new CoordinatorEvent.Ack(new(4), new(1), 0));
        Assert.Equal(IgnoreReason.OtherGeneration, _it.Ignored);
        _it.Tell(new CoordinatorEvent.Ack(new(6), new(1), 0));
        Assert.Equal(IgnoreReason.OtherGeneration, _it.Ignored);
        _it.Tell(new CoordinatorEvent.SubtaskEnded(new(4), 0));
        Assert.Equal(IgnoreReason.OtherGeneration, _it.Ignored);
        Assert.True(_it.State.Open[0].Acks.IsEmpty && _it.State.Ended.IsEmpty);
    }

    [Fact]
    public void What_is_doubled_unknown_or_out_of_turn_is_ignored_by_name()
    {
        _it.Start();
        _it.At(100);
        _it.Ack(1, 0);
        _it.Ack(1, 0);
        Assert.Equal(IgnoreReason.Duplicate, _it.Ignored);
        _it.Ack(1, 2);
        Assert.Equal(IgnoreReason.UnknownIndex, _it.Ignored);
        _it.Ack(2, 0);
        Assert.Equal(IgnoreReason.NeverIssued, _it.Ignored);
        _it.Tell(new CoordinatorEvent.HeadMoved(new(1)));
        Assert.Equal(IgnoreReason.WrongStage, _it.Ignored);
        _it.Tell(new CoordinatorEvent.Started());
        Assert.Equal(IgnoreReason.AlreadyStarted, _it.Ignored);
        _it.Ask(CheckpointKind.Final, 1);
        Assert.Equal(IgnoreReason.NotRequestable, _it.Ignored);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_comes_in_whatever_order_beliefs_hold_and_each_request_is_answered_once(int maxConcurrent)
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var it = new Driver(Defaults with { MaxConcurrent = maxConcurrent, ToleratedFailures = 3 });
            var asked = 0;
            var answered = new List<long>();
            for (var step = 0; step < 100; step++)
                Note(it.Tell(Anything(random, it.State, ref asked), random.Next(-10, 200)));
            Note(it.Tell(new CoordinatorEvent.Cancelled()));
            Assert.Equal(Enumerable.Range(0, asked).Select(id => (long)id), answered.Order());

            void Note(IEnumerable<CoordinatorAction> actions)
            {
                foreach (var action in actions)
                {
                    if (action is CompleteRequest completed) answered.Add(completed.RequestId);
                    if (action is FailRequest failed) answered.Add(failed.RequestId);
                }
            }
        }
    }

    private static CoordinatorEvent Anything(Random random, CoordinatorState state, ref int asked)
    {
        var id = new CheckpointId(Math.Max(0, state.NextId.Value - random.Next(-1, 4)));
        var generation = random.Next(10) == 0 ? new Generation(4) : state.Generation;
        var subtask = random.Next(-1, 3);
        return random.Next(40) switch
        {
            0 => new CoordinatorEvent.Failed("any"),
            1 => new CoordinatorEvent.HeadUnknown(id, "any"),
            2 => new CoordinatorEvent.HeadLost(id),
            3 => new CoordinatorEvent.ApplyFailed(id, "any"),
            4 => new CoordinatorEvent.ManifestFailed(id, "any"),
            5 => new CoordinatorEvent.Declined(generation, id, subtask, "any"),
            6 => new CoordinatorEvent.SubtaskEnded(generation, subtask),
            7 => new CoordinatorEvent.Requested(CheckpointKind.Stop, asked++),
            8 => new CoordinatorEvent.Requested(CheckpointKind.Periodic, asked++),
            < 12 => new CoordinatorEvent.Requested(CheckpointKind.Manual, asked++),
            < 15 => new CoordinatorEvent.Started(),
            < 20 => new CoordinatorEvent.Tick(),
            < 24 => new CoordinatorEvent.ManifestWritten(id),
            < 28 => new CoordinatorEvent.HeadMoved(id),
            < 32 => new CoordinatorEvent.Applied(id),
            _ => new CoordinatorEvent.Ack(generation, id, subtask),
        };
    }

    private void Move()
    {
        _it.Start();
        _it.At(100);
        _it.Ack(1, 0);
        _it.Ack(1, 1);
        _it.Tell(new CoordinatorEvent.ManifestWritten(new(1)));
    }

    private sealed class Driver(CoordinatorOptions options)
    {
        public CoordinatorState State { get; private set; } = Coordinator.Create(new(5), options);
        public IgnoreReason Ignored { get; private set; }

        public CoordinatorAction[] Tell(CoordinatorEvent happened, long afterMs = 0)
        {
            var step = Coordinator.Step(State, State.NowMs + afterMs, happened);
            State = step.State;
            Ignored = step.Ignored;
            return [.. step.Actions];
        }

        public CoordinatorAction[] Start() => Tell(new CoordinatorEvent.Started());
        public CoordinatorAction[] At(long nowMs) => Tell(new CoordinatorEvent.Tick(), nowMs - State.NowMs);
        public CoordinatorAction[] Ask(CheckpointKind kind, long id) => Tell(new CoordinatorEvent.Requested(kind, id));
        public CoordinatorAction[] End(int subtask) => Tell(new CoordinatorEvent.SubtaskEnded(State.Generation, subtask));

        public CoordinatorAction[] Ack(long id, int subtask) =>
            Tell(new CoordinatorEvent.Ack(State.Generation, new(id), subtask));

        public CoordinatorAction[] Commit(long id)
        {
            Ack(id, 0);
            Ack(id, 1);
            Tell(new CoordinatorEvent.ManifestWritten(new(id)));
            Tell(new CoordinatorEvent.HeadMoved(new(id)));
            return Tell(new CoordinatorEvent.Applied(new(id)));
        }
    }
}
