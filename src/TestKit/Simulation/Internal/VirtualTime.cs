namespace Gristmill.TestKit.Simulation;

/// <summary>A process's clock: the world's time, and timers that die with the process.</summary>
internal sealed class VirtualTime(World world, SimulatedProcess? process) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => world.UtcNow;

    public override long GetTimestamp() => world.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(world, process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class VirtualTimer(World world, SimulatedProcess? process, TimerCallback callback, object? state) : ITimer
    {
        private WorldEvent? _next;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _next?.Cancel();
            _next = null;
            _period = period;
            if (dueTime >= TimeSpan.Zero)
                _next = world.After(dueTime, process, "timer", Fire);
            return true;
        }

        public void Dispose() => _next?.Cancel();

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Fire()
        {
            _next = _period > TimeSpan.Zero ? world.After(_period, process, "timer", Fire) : null;
            callback(state);
        }
    }
}
