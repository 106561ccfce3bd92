namespace Gristmill.Protocol.Tests;

public sealed class SourceBarriersTests
{
    private static readonly SourceState Fresh = new(new(2), new(4));

    [Fact]
    public void A_newer_barrier_of_its_own_generation_is_injected_once()
    {
        var first = SourceBarriers.Trigger(Fresh, new(2), new(5), CheckpointKind.Periodic);
        Assert.Equal(new CheckpointId(5), first.Inject);
        Assert.Equal(IgnoreReason.Duplicate, SourceBarriers.Trigger(first.State, new(2), new(5), CheckpointKind.Periodic).Ignored);
        Assert.Equal(IgnoreReason.Stale, SourceBarriers.Trigger(first.State, new(2), new(4), CheckpointKind.Periodic).Ignored);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Orders_of_other_generations_are_ignored(long generation)
    {
        var step = SourceBarriers.Trigger(Fresh, new(generation), new(9), CheckpointKind.Manual);
        Assert.Equal((null, IgnoreReason.OtherGeneration, Fresh), (step.Inject, step.Ignored, step.State));
    }

    [Fact]
    public void Behind_the_barrier_of_a_stop_or_of_the_end_nothing_is_emitted()
    {
        Assert.False(SourceBarriers.Trigger(Fresh, new(2), new(5), CheckpointKind.Manual).State.Halted);
        var stopped = SourceBarriers.Trigger(Fresh, new(2), new(5), CheckpointKind.Stop).State;
        Assert.True(stopped.Halted);
        Assert.True(SourceBarriers.Trigger(stopped, new(2), new(6), CheckpointKind.Stop).State.Halted);
    }
}
