using System.Runtime.InteropServices;

namespace Gristmill.Samples.Flights;

/// <summary>Whether a signal, Ctrl+C or SIGTERM, asked for the end.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _came = new();
    private readonly Action? _onSignal;
    private readonly List<PosixSignalRegistration> _registrations;
    private int _number;

    /// <param name="onSignal">Called at each signal, the second too.</param>
    public StopSignal(Action? onSignal = null)
    {
        _onSignal = onSignal;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Take(context, 2)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Take(context, 15)),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _came.Token;

    /// <summary>The last signal's number; 0: none came.</summary>
    public int Number => _number;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void Take(PosixSignalContext context, int number)
    {
        // The second one ends the process at once, as if there were no handler: a checkpoint may hang on a dead disk.
        context.Cancel = Interlocked.Exchange(ref _number, number) == 0;
        _came.Cancel();
        _onSignal?.Invoke();
    }
}
