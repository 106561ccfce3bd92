namespace Gristmill.TestKit.Simulation;

/// <summary>What outlives every process of a run: time, chance, what is on its way, and the verdict.</summary>
internal sealed class World(ulong seed, Profile profile, Trace trace)
{
    private static readonly DateTimeOffset Beginning = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly PriorityQueue<WorldEvent, (long At, long Number)> _events = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _eventNumber;

    public SeededRandom Random { get; } = new(seed);

    public Profile Profile { get; } = profile;

    public Trace Trace { get; } = trace;

    /// <summary>Since the beginning, in ticks of 100 ns.</summary>
    public long Ticks { get; private set; }

    public long NowMs => Ticks / TimeSpan.TicksPerMillisecond;

    public DateTimeOffset UtcNow => Beginning.AddTicks(Ticks);

    public long UnixMs => UtcNow.ToUnixTimeMilliseconds();

    /// <summary>Whether anything still goes wrong. Once it doesn't, the job must come to its end.</summary>
    public bool FaultsOn { get; set; } = true;

    /// <summary>Errors of user code still to come; bounded, so that a job is not failed on purpose for ever.</summary>
    public int UserErrorsLeft { get; set; } = 5;

    /// <summary>Whether all processes are to die at the next step.</summary>
    public bool AllMustDie { get; set; }

    /// <summary>Whether the job has several versions, so that one may be refused.</summary>
    public bool HasVersions { get; init; }

    /// <summary>What is wrong; the first finding counts.</summary>
    public string? Violation { get; private set; }

    public SimulationCounts Counts { get; } = new();

    /// <summary>When the next event is due; null: none is.</summary>
    public long? NextEventTicks => _events.TryPeek(out _, out (long At, long Number) key) ? key.At : null;

    public IEnumerable<WorldEvent> Pending => _events.UnorderedItems.OrderBy(item => item.Priority).Select(item => item.Element);

    public void Violate(string what)
    {
        Violation ??= what;
        Say($"VIOLATION: {what}");
    }

    /// <summary>A run that leaves its thread is not the same twice.</summary>
    public void CheckThread()
    {
        if (Environment.CurrentManagedThreadId != _thread)
            Violate($"code of the job runs on a thread of its own, outside of the simulation: {Environment.StackTrace}");
    }

    /// <summary>Where user code may fail: fails there, now and then.</summary>
    public void ThrowInUserCode(string where)
    {
        if (!FaultsOn || UserErrorsLeft == 0 || !Random.Chance(Profile.UserErrors))
            return;
        UserErrorsLeft--;
        Counts.Errors++;
        Say($"user code throws: {where}");
        throw new SimulatedFault($"user code in {where} failed (simulated)");
    }

    public void Say(string what) => Trace.Line(NowMs, what);

    public void Advance(long ticks) => Ticks += ticks;

    public void AdvanceTo(long ticks) => Ticks = Math.Max(Ticks, ticks);

    /// <summary>Has something happen later.</summary>
    /// <param name="delay">How much later.</param>
    /// <param name="owner">The process it happens in; it doesn't if that is dead. Null: it happens outside.</param>
    /// <param name="what">For the list of what is pending.</param>
    /// <param name="action">What happens.</param>
    public WorldEvent After(TimeSpan delay, SimulatedProcess? owner, string what, Action action)
    {
        var later = new WorldEvent(owner, what, action);
        _events.Enqueue(later, (Ticks + Math.Max(0, delay.Ticks), ++_eventNumber));
        return later;
    }

    /// <summary>Takes the next event that is due.</summary>
    public bool TryTakeDue(out WorldEvent? due)
    {
        due = null;
        while (_events.TryPeek(out WorldEvent? next, out (long At, long Number) key) && (key.At <= Ticks || next.IsVoid))
        {
            _events.Dequeue();
            if (next.IsVoid)
                continue;
            due = next;
            return true;
        }

        return false;
    }
}

/// <summary>Something that will happen.</summary>
internal sealed class WorldEvent(SimulatedProcess? owner, string what, Action action)
{
    private bool _cancelled;

    public SimulatedProcess? Owner => owner;

    public string What => what;

    public bool IsVoid => _cancelled || owner is { IsDead: true };

    public void Cancel() => _cancelled = true;

    public void Happen() => action();
}
