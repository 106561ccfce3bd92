namespace Gristmill.TestKit.Simulation;

/// <summary>
/// How a process reaches store and sinks: an operation takes effect some time after it was asked for and is answered some
/// time after that; it may fail before its effect or after it. When the process dies in between, chance says whether the
/// effect still comes.
/// </summary>
internal sealed class IoPort(World world, SimulatedProcess process)
{
    public Task<T> Do<T>(string what, double errorRate, Func<string, Exception> error, Func<T> effect, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SeededRandom random = world.Random;
        Fault fault = world.FaultsOn && random.Chance(errorRate) ? random.Pick(Fault.Before, Fault.After) : Fault.None;
        bool atOnce = random.Chance(world.FaultsOn ? world.Profile.InstantIo : 0.9);
        if (fault != Fault.None)
        {
            world.Counts.Errors++;
            world.Say($"p{process.Number}: {what} will fail {(fault == Fault.Before ? "before" : "after")} its effect");
        }

        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (atOnce)
            Answer(answer, Execute(what, fault, error, effect));
        else
            Later(what, fault, error, effect, answer, survives: random.Chance(0.5));
        if (cancellationToken.CanBeCanceled && !answer.Task.IsCompleted)
            cancellationToken.UnsafeRegister(static (waiting, token) => ((TaskCompletionSource<T>)waiting!).TrySetCanceled(token), answer);
        return answer.Task;
    }

    private void Later<T>(string what, Fault fault, Func<string, Exception> error, Func<T> effect, TaskCompletionSource<T> answer, bool survives)
    {
        TimeSpan answerDelay = Delay();
        world.After(Delay(), survives ? null : process, what, () =>
        {
            if (process.IsDead)
                world.Say($"p{process.Number} is dead, but {what} still takes effect");
            Outcome<T> outcome = Execute(what, fault, error, effect);
            if (answerDelay == TimeSpan.Zero)
                Answer(answer, outcome);
            else
                world.After(answerDelay, process, $"answer to {what}", () => Answer(answer, outcome));
        });
    }

    private Outcome<T> Execute<T>(string what, Fault fault, Func<string, Exception> error, Func<T> effect)
    {
        world.Trace.Note(TraceKind.Io, process.Number, (long)fault);
        if (fault == Fault.Before)
            return new Outcome<T>(default, error($"{what} failed (simulated)"));
        try
        {
            T result = effect();
            return fault == Fault.After ? new Outcome<T>(default, error($"{what} was done, but its answer was lost (simulated)")) : new Outcome<T>(result, null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new Outcome<T>(default, e);
        }
    }

    private static void Answer<T>(TaskCompletionSource<T> answer, Outcome<T> outcome)
    {
        if (outcome.Error is null)
            answer.TrySetResult(outcome.Result!);
        else
            answer.TrySetException(outcome.Error);
    }

    private TimeSpan Delay()
    {
        SeededRandom random = world.Random;
        if (!world.FaultsOn)
            return TimeSpan.FromMicroseconds(random.Next(300));
        if (random.Chance(world.Profile.SlowIo))
            return TimeSpan.FromMilliseconds(random.Next(1500));
        return random.Chance(0.3) ? TimeSpan.Zero : TimeSpan.FromMicroseconds(random.Next(3000));
    }

    private enum Fault
    {
        None = 0,
        Before,
        After,
    }

    private readonly record struct Outcome<T>(T? Result, Exception? Error);
}
