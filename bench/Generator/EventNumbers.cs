using System.Runtime.CompilerServices;

namespace Gristmill.Bench;

/// <summary>Which events there are.</summary>
/// <param name="Events">How many.</param>
/// <param name="Seed">What they are drawn from.</param>
/// <param name="Rate">Events a second of event time.</param>
/// <param name="Shuffle">1: they come in order. More: they are out of order within groups of so many.</param>
internal sealed record EventNumbers(long Events, ulong Seed, long Rate, long Shuffle)
{
    private const long ShuffleStep = 953;

    /// <summary>By how much an event may lie behind the newest one.</summary>
    public TimeSpan OutOfOrder => TimeSpan.FromMilliseconds(Shuffle == 1 ? 0 : (Shuffle * 1000 + Rate - 1) / Rate);

    /// <summary>The order of the events from a place in the stream on.</summary>
    public ShuffledNumbers From(long place) => new(this, place);

    /// <summary>The numbers of the events, in the order in which they come, without a division for each.</summary>
    internal struct ShuffledNumbers
    {
        private readonly long _events;
        private readonly long _shuffle;
        private readonly long _step;
        private long _group;
        private long _inGroup;
        private long _shuffled;

        public ShuffledNumbers(EventNumbers events, long place)
        {
            _events = events.Events;
            _shuffle = events.Shuffle;
            _step = ShuffleStep % _shuffle;
            _inGroup = place % _shuffle;
            _group = place - _inGroup;
            _shuffled = _inGroup * ShuffleStep % _shuffle;
        }

        /// <summary>The number of the next event. The last group, if it is not whole, comes in order.</summary>
        public long Next()
        {
            long number = _group + (_group + _shuffle > _events ? _inGroup : _shuffled);
            _shuffled += _step;
            if (_shuffled >= _shuffle)
                _shuffled -= _shuffle;
            if (++_inGroup == _shuffle)
            {
                _group += _shuffle;
                _inGroup = 0;
                _shuffled = 0;
            }

            return number;
        }
    }
}

/// <summary>The time of an event, carried from one number to the next without a division.</summary>
internal struct EventClock
{
    private const long Start = 1_436_918_400_000;

    private readonly long _rate;
    private readonly long _step;
    private readonly long _restStep;
    private long _rest;

    private EventClock(long number, long rate)
    {
        _rate = rate;
        (_step, _restStep) = Math.DivRem(1000, rate);
        (long passed, _rest) = Math.DivRem(number * 1000, rate);
        Now = Start + passed;
    }

    /// <summary>Milliseconds since 1970-01-01 UTC.</summary>
    public long Now { get; private set; }

    public static EventClock At(long number, long rate) => new(number, rate);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance()
    {
        Now += _step;
        _rest += _restStep;
        if (_rest >= _rate)
        {
            _rest -= _rate;
            Now++;
        }
    }
}
