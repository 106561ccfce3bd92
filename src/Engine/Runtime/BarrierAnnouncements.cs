namespace Gristmill.Runtime;

/// <summary>Says that a barrier which may overtake records is in a channel, behind whatever is queued there.</summary>
/// <param name="Checkpoint">The checkpoint's number.</param>
/// <param name="SinceMs">When its first barrier set out, in milliseconds since 1970.</param>
internal readonly record struct BarrierAnnouncement(long Checkpoint, long SinceMs);

/// <summary>What a subtask was told of barriers on their way to it; its senders write, on whatever thread.</summary>
internal sealed class BarrierAnnouncements
{
    /// <summary>Beyond it the oldest is forgotten, whose barriers then do not overtake anything here.</summary>
    private const int MostKept = 64;

    private readonly Lock _lock = new();
    private readonly List<BarrierAnnouncement> _announced = [];
    private BarrierAnnouncements? _forwardTo;
    private volatile bool _hasNews;

    /// <summary>Whether something was announced since the last <see cref="Read"/>. Cheap.</summary>
    public bool HasNews => _hasNews;

    public void Add(BarrierAnnouncement announcement)
    {
        lock (_lock)
        {
            if (_forwardTo is { } other)
            {
                other.Add(announcement);
                return;
            }

            int index = _announced.FindIndex(known => known.Checkpoint >= announcement.Checkpoint);
            if (index < 0)
                _announced.Add(announcement);
            else if (_announced[index].Checkpoint != announcement.Checkpoint)
                _announced.Insert(index, announcement);
            else if (_announced[index].SinceMs > announcement.SinceMs)
                _announced[index] = announcement;
            if (_announced.Count > MostKept)
                _announced.RemoveAt(0);
            _hasNews = true;
        }
    }

    /// <summary>Has what was announced so far, and all from now on, heard by another one.</summary>
    public void Forward(BarrierAnnouncements to)
    {
        lock (_lock)
        {
            _forwardTo = to;
            foreach (BarrierAnnouncement announcement in _announced)
                to.Add(announcement);
            _announced.Clear();
        }
    }

    /// <summary>What was announced and is newer than a checkpoint, in order; older ones are forgotten.</summary>
    public List<BarrierAnnouncement> Read(long newerThan)
    {
        lock (_lock)
        {
            _hasNews = false;
            _announced.RemoveAll(known => known.Checkpoint <= newerThan);
            return [.. _announced];
        }
    }
}
