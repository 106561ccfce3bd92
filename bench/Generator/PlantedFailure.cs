using System.Diagnostics;

namespace Gristmill.Bench;

/// <summary>Breaks a source once, and takes the time until records flow again.</summary>
/// <param name="at">The place in the stream from which on it breaks.</param>
internal sealed class PlantedFailure(long at)
{
    private int _happened;
    private long _failedAt;
    private long _recoveredAt;

    /// <summary>Readers wait at the place until this is so. At once by default.</summary>
    public Func<bool> MayHappen { get; set; } = () => true;

    public bool HasHappened => Volatile.Read(ref _happened) != 0;

    /// <summary>From the failure until the first batch read after it had gone through its chain; null before that.</summary>
    public TimeSpan? Recovery => Volatile.Read(ref _recoveredAt) is not 0 and long end ? Stopwatch.GetElapsedTime(_failedAt, end) : null;

    /// <summary>A reader begins.</summary>
    public Watch Begin() => new(this, HasHappened);

    /// <summary>What a reader asks before it reads.</summary>
    internal sealed class Watch(PlantedFailure failure, bool isAfter)
    {
        private bool _hasRead;

        /// <summary>Whether the reader is to wait.</summary>
        /// <exception cref="PlantedFailureException">The failure.</exception>
        public bool HoldsBack(long place)
        {
            if (isAfter)
                End();
            _hasRead = true;
            if (failure.HasHappened || place < failure.At)
                return false;
            if (!failure.MayHappen())
                return true;
            failure.Happen(place);
            return false;
        }

        /// <summary>The reader was asked again, or closed: what it read before has been taken.</summary>
        public void End()
        {
            if (isAfter && _hasRead)
                Interlocked.CompareExchange(ref failure._recoveredAt, Stopwatch.GetTimestamp(), 0);
        }
    }

    private long At => at;

    private void Happen(long place)
    {
        if (Interlocked.Exchange(ref _happened, 1) != 0)
            return;
        _failedAt = Stopwatch.GetTimestamp();
        throw new PlantedFailureException($"The failure planted at event {at} happened before event {place}.");
    }
}

/// <summary>The failure that was asked for.</summary>
internal sealed class PlantedFailureException(string message) : Exception(message);
