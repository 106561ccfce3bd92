namespace Gristmill.Bench;

/// <summary>Whole events.</summary>
internal sealed class NexmarkSource(EventNumbers numbers, int splits, PlantedFailure? failure = null)
    : BlockSource<NexmarkEvent>(numbers.Events, splits, failure)
{
    private readonly EventFactory _factory = new(numbers);

    protected override void Fill(Span<NexmarkEvent> slots, long place) => _factory.Fill(slots, place);
}

/// <summary>Bare events: number and time.</summary>
internal sealed class TickSource(EventNumbers numbers, int splits, PlantedFailure? failure = null, Preload? preload = null)
    : BlockSource<Tick>(numbers.Events, splits, failure, preload)
{
    /// <summary>The record that only brings a key in; its key is the complement of its number.</summary>
    protected override void FillPreloaded(Span<Tick> slots, long key)
    {
        foreach (ref Tick slot in slots)
            slot = new Tick { Number = ~key++, Time = EventClock.At(0, numbers.Rate).Now };
    }

    protected override void Fill(Span<Tick> slots, long place)
    {
        if (numbers.Shuffle == 1)
            FillInOrder(slots, place);
        else
            FillShuffled(slots, place);
    }

    private void FillInOrder(Span<Tick> slots, long number)
    {
        EventClock clock = EventClock.At(number, numbers.Rate);
        foreach (ref Tick slot in slots)
        {
            slot.Number = number++;
            slot.Time = clock.Now;
            clock.Advance();
        }
    }

    private void FillShuffled(Span<Tick> slots, long place)
    {
        EventNumbers.ShuffledNumbers order = numbers.From(place);
        foreach (ref Tick slot in slots)
        {
            slot.Number = order.Next();
            slot.Time = EventClock.At(slot.Number, numbers.Rate).Now;
        }
    }
}
