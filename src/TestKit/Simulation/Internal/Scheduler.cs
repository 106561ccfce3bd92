namespace Gristmill.TestKit.Simulation;

/// <summary>Chooses what happens next. Everything that could, may; time passes on its own only when nothing can.</summary>
internal sealed class Scheduler(World world, Processes processes)
{
    private static readonly long LongestTicks = TimeSpan.FromMinutes(30).Ticks;

    public int Steps { get; private set; }

    /// <summary>Has one thing happen.</summary>
    /// <returns>False: nothing ever will.</returns>
    public bool Step()
    {
        Steps++;
        world.Advance(world.Random.Next(world.Profile.StepMicroseconds * (int)TimeSpan.TicksPerMicrosecond));
        return TryAnything() || (world.Ticks < LongestTicks && TryLaterOn());
    }

    private bool TryAnything()
    {
        int kinds = 1 + (2 * processes.Alive.Count);
        int first = world.Random.Next(kinds);
        for (int i = 0; i < kinds; i++)
        {
            int kind = (first + i) % kinds;
            bool happened = kind switch
            {
                0 => TryEvent(),
                _ when (kind & 1) == 1 => processes.Alive[kind >> 1].TryRunPost(),
                _ => processes.Alive[(kind >> 1) - 1].Subtasks.TryStep(),
            };
            if (happened)
                return true;
        }

        return false;
    }

    private bool TryEvent()
    {
        if (!world.TryTakeDue(out WorldEvent? due))
            return false;
        world.Trace.Note(TraceKind.Event, world.Ticks);
        if (due!.Owner is { } owner)
            owner.Run(due.Happen);
        else
            due.Happen();
        return true;
    }

    private bool TryLaterOn()
    {
        foreach (SimulatedProcess process in processes.Alive)
        {
            if (process.Subtasks.FindLostWakeUp() is { } subtask)
            {
                world.Violate($"process {process.Number}: subtask {subtask.Label} could go on, but nothing woke it");
                return true;
            }

            if (process.PendingPosts != 0)
                return true;
        }

        long next = world.NextEventTicks ?? long.MaxValue;
        foreach (SimulatedProcess process in processes.Alive)
        {
            long wakeUpMs = process.Subtasks.NextWakeUpMs;
            if (wakeUpMs != long.MaxValue)
                next = Math.Min(next, world.Ticks + ((wakeUpMs - world.UnixMs) * TimeSpan.TicksPerMillisecond));
        }

        if (next == long.MaxValue)
            return false;
        world.AdvanceTo(next);
        world.Trace.Note(TraceKind.Jump, world.Ticks);
        return true;
    }
}
