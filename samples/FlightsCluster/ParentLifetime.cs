using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace Gristmill.Samples.FlightsCluster;

/// <summary>
/// Ends a silo in good order when its standard input does: when the program that started it says so, or has died. Ctrl+C
/// goes to all processes of a terminal; it is for the program to answer.
/// </summary>
internal sealed class ParentLifetime(IHostApplicationLifetime lifetime) : IHostLifetime, IDisposable
{
    private readonly PosixSignalRegistration _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        new Thread(() =>
        {
            while (Console.In.Read() >= 0)
            {
                // Only the end counts.
            }

            lifetime.StopApplication();
        })
        { IsBackground = true, Name = "standard input" }.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _interrupt.Dispose();
}
