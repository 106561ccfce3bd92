namespace Gristmill.Protocol.Tests;

public sealed class AlignmentTests
{
    private AlignmentState _state = Alignment.Create(AlignmentMode.ExactlyOnce, 3, CheckpointId.None);

    [Fact]
    public void A_channel_that_has_delivered_its_barrier_is_held_and_the_others_are_not()
    {
        Arrive(1, 1);
        Assert.True(_state.IsHeld(1));
        Assert.False(_state.IsHeld(0) || _state.IsHeld(2));
        Assert.Equal(0b010ul, _state.Held.Mask);
    }

    [Fact]
    public void When_the_last_barrier_comes_the_snapshot_is_due_and_nothing_is_held()
    {
        Assert.Null(Arrive(0, 1).Snapshot);
        Assert.Null(Arrive(2, 1).Snapshot);
        Assert.Equal(new CheckpointId(1), Arrive(1, 1).Snapshot);
        Assert.True(_state.Held.IsEmpty);
    }

    [Fact]
    public void One_channel_needs_no_alignment()
    {
        _state = Alignment.Create(AlignmentMode.ExactlyOnce, 1, CheckpointId.None);
        Assert.Equal(new CheckpointId(1), Arrive(0, 1).Snapshot);
    }

    [Fact]
    public void A_newer_barrier_gives_up_the_older_alignment_and_holds_only_the_channel_it_came_on()
    {
        Arrive(0, 1);
        var step = Arrive(1, 2);
        Assert.Equal([new CheckpointId(1)], step.GivenUp);
        Assert.Equal(0b010ul, _state.Held.Mask);
        Assert.Equal(IgnoreReason.Stale, Arrive(2, 1).Ignored);
        Arrive(0, 2);
        Assert.Equal(new CheckpointId(2), Arrive(2, 2).Snapshot);
    }

    [Fact]
    public void An_abort_releases_what_was_held_and_later_barriers_of_it_hold_nothing()
    {
        Arrive(0, 1);
        Alignment.Abandon(_state, new(1));
        _state = Alignment.Abandon(_state, new(1)).State;
        Assert.True(_state.Held.IsEmpty);
        Assert.Equal(IgnoreReason.Abandoned, Arrive(1, 1).Ignored);
        Assert.True(_state.Held.IsEmpty);
    }

    [Fact]
    public void An_abort_that_outruns_the_barriers_is_remembered_while_an_older_checkpoint_goes_on()
    {
        Arrive(0, 1);
        _state = Alignment.Abandon(_state, new(2)).State;
        Assert.Equal(0b001ul, _state.Held.Mask);
        Arrive(1, 1);
        Assert.Equal(new CheckpointId(1), Arrive(2, 1).Snapshot);
        Assert.Equal(IgnoreReason.Abandoned, Arrive(0, 2).Ignored);
        Assert.True(_state.Held.IsEmpty);
    }

    [Fact]
    public void A_barrier_of_a_checkpoint_that_was_overtaken_and_then_forgotten_holds_nothing()
    {
        // 1 is lost on channel 1; 2 overtakes it, and is then aborted. The last barrier of 1 must not start it again.
        Arrive(0, 1);
        Arrive(1, 2);
        _state = Alignment.Abandon(_state, new(2)).State;
        Assert.Equal(IgnoreReason.Stale, Arrive(2, 1).Ignored);
        Assert.True(_state.Held.IsEmpty);
    }

    [Fact]
    public void Doubled_stale_and_unknown_barriers_are_ignored_by_name()
    {
        Arrive(0, 1);
        Assert.Equal(IgnoreReason.Duplicate, Arrive(0, 1).Ignored);
        Assert.Equal(IgnoreReason.UnknownIndex, Arrive(3, 1).Ignored);
        Assert.Equal(IgnoreReason.UnknownIndex, Arrive(-1, 1).Ignored);
        Arrive(1, 1);
        Arrive(2, 1);
        Assert.Equal(IgnoreReason.Stale, Arrive(0, 1).Ignored);
        Assert.Equal(IgnoreReason.Stale, Alignment.Abandon(_state, new(1)).Ignored);
    }

    [Fact]
    public void At_least_once_holds_nothing_and_counts_several_checkpoints_at_once()
    {
        _state = Alignment.Create(AlignmentMode.AtLeastOnce, 2, CheckpointId.None);
        Arrive(0, 1);
        Arrive(0, 2);
        Assert.True(_state.Held.IsEmpty);
        Assert.Equal(new CheckpointId(1), Arrive(1, 1).Snapshot);
        Assert.Equal(new CheckpointId(2), Arrive(1, 2).Snapshot);
    }

    [Fact]
    public void At_least_once_gives_up_a_checkpoint_whose_barrier_was_lost_on_one_channel()
    {
        _state = Alignment.Create(AlignmentMode.AtLeastOnce, 2, CheckpointId.None);
        Arrive(0, 1);
        Assert.Equal([new CheckpointId(1)], Arrive(1, 2).GivenUp);
        Assert.Equal(IgnoreReason.Stale, Arrive(1, 1).Ignored);
        Assert.Equal(new CheckpointId(2), Arrive(0, 2).Snapshot);
    }

    [Fact]
    public void More_than_64_channels_align_just_so()
    {
        _state = Alignment.Create(AlignmentMode.ExactlyOnce, 200, CheckpointId.None);
        for (var channel = 199; channel > 0; channel--)
        {
            Assert.Null(Arrive(channel, 1).Snapshot);
            Assert.True(_state.IsHeld(channel) && !_state.IsHeld(channel - 1));
        }

        Assert.Equal(new CheckpointId(1), Arrive(0, 1).Snapshot);
        Assert.True(_state.Held.IsEmpty);
    }

    [Fact]
    public void Overtaking_takes_the_snapshot_at_once_and_holds_nothing()
    {
        Arrive(1, 1);
        var step = Overtake(1);
        Assert.Equal((new CheckpointId(1), null), (step.Snapshot, step.Copied));
        Assert.True(_state.Held.IsEmpty);
        Assert.Equal((true, false, true), (_state.IsInFlight(0), _state.IsInFlight(1), _state.IsInFlight(2)));
    }

    [Fact]
    public void A_channel_is_in_flight_until_its_barrier_is_met_and_the_copy_is_complete_with_the_last()
    {
        Overtake(1);
        Assert.Null(Arrive(0, 1).Copied);
        Assert.False(_state.IsInFlight(0));
        Arrive(2, 1);
        var last = Arrive(1, 1);
        Assert.Equal((null, new CheckpointId(1)), (last.Snapshot, last.Copied));
        Assert.Null(_state.Overtaken);
        Assert.Equal(IgnoreReason.Stale, Arrive(1, 1).Ignored);
    }

    [Fact]
    public void While_one_is_copied_another_is_not_overtaken_but_aligns()
    {
        Overtake(1);
        Arrive(0, 1);
        Arrive(0, 2);
        Assert.True(_state.IsHeld(0) && !_state.IsHeld(1));
        Assert.Equal(IgnoreReason.Busy, Overtake(2).Ignored);
        Arrive(1, 1);
        Arrive(2, 1);
        Assert.Equal(new CheckpointId(2), Overtake(2).Snapshot);
        Assert.True(!_state.IsInFlight(0) && _state.IsInFlight(1));
    }

    [Fact]
    public void A_newer_barrier_on_a_channel_in_flight_says_that_the_overtaken_one_is_lost()
    {
        Overtake(1);
        Arrive(0, 1);
        Assert.Empty(Arrive(0, 2).GivenUp);
        Assert.Equal([new CheckpointId(1)], Arrive(1, 2).GivenUp);
        Assert.Null(_state.Overtaken);
        Assert.Equal(new CheckpointId(2), Arrive(2, 2).Snapshot);
    }

    [Fact]
    public void Overtaking_gives_up_what_is_older_and_pending()
    {
        Arrive(0, 1);
        var step = Overtake(2);
        Assert.Equal([new CheckpointId(1)], step.GivenUp);
        Assert.Equal(new CheckpointId(2), step.Snapshot);
        Assert.True(_state.IsInFlight(0));
    }

    [Fact]
    public void What_is_done_with_or_gone_past_or_aborted_is_not_overtaken()
    {
        _state = Alignment.Abandon(_state, new(3)).State;
        Assert.Equal(IgnoreReason.Abandoned, Overtake(3).Ignored);
        Arrive(0, 2);
        Assert.Equal(IgnoreReason.Stale, Overtake(1).Ignored);
        Arrive(1, 2);
        Arrive(2, 2);
        Assert.Equal(IgnoreReason.Stale, Overtake(2).Ignored);
    }

    [Fact]
    public void An_abort_ends_the_copying()
    {
        Overtake(1);
        Arrive(0, 1);
        _state = Alignment.Abandon(_state, new(1)).State;
        Assert.Null(_state.Overtaken);
        Assert.Equal(IgnoreReason.Stale, Arrive(1, 1).Ignored);
        Assert.True(_state.Held.IsEmpty);
    }

    [Theory]
    [InlineData(AlignmentMode.ExactlyOnce)]
    [InlineData(AlignmentMode.AtLeastOnce)]
    public void Whatever_comes_in_whatever_order_beliefs_hold_and_snapshots_rise(AlignmentMode mode)
    {
        for (var seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            _state = Alignment.Create(mode, 3, CheckpointId.None);
            var last = CheckpointId.None;
            for (var i = 0; i < 60; i++)
            {
                var id = new CheckpointId(random.Next(0, 8));
                if (random.Next(6) == 0) _state = Alignment.Abandon(_state, id).State;
                else if (mode == AlignmentMode.ExactlyOnce && random.Next(6) == 0)
                {
                    if (Overtake(id.Value).Snapshot is not { } early) continue;
                    Assert.True(early > last);
                    last = early;
                }
                else if (Arrive(random.Next(-1, 4), id.Value).Snapshot is { } taken)
                {
                    Assert.True(taken > last);
                    last = taken;
                }
            }
        }
    }

    [Fact]
    public void Aborts_without_end_are_remembered_within_bounds()
    {
        for (var id = 1; id < 1_000; id++) _state = Alignment.Abandon(_state, new(id)).State;
        Assert.True(_state.Abandoned.Length <= 64);
        Assert.NotEqual(IgnoreReason.None, Arrive(0, 500).Ignored);
        Assert.Equal(IgnoreReason.None, Arrive(0, 1_000).Ignored);
    }

    private AlignmentStep Overtake(long checkpoint)
    {
        var step = Alignment.Overtake(_state, new(checkpoint));
        _state = step.State;
        return step;
    }

    private AlignmentStep Arrive(int channel, long checkpoint)
    {
        var step = Alignment.Arrive(_state, channel, new(checkpoint));
        _state = step.State;
        return step;
    }
}
