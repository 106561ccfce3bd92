using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Files.Tests;

/// <summary>A sink's surroundings.</summary>
public sealed class TestSinkContext(long generation = 1, int subtask = 0, string job = "job", string name = "out", ILogger? logger = null, string lineage = "first", long firstEpoch = 1) : SinkContext, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _woken = new(0);

    public override string Job => job;

    public override string Operator => name;

    public override int Subtask => subtask;

    public override int Parallelism => 2;

    public override long Generation => generation;

    public override string Lineage => lineage;

    public override long FirstEpoch => firstEpoch;

    public override TimeProvider Time => TimeProvider.System;

    public override ILogger Logger => logger ?? NullLogger.Instance;

    /// <summary>A writer may still be on its way out when its test is over.</summary>
    public override void Wake()
    {
        try
        {
            _woken.Release();
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }

    public void WaitToBeWoken() => Assert.True(_woken.Wait(Patience), "The writer had no room and never woke its subtask.");

    public void Dispose() => _woken.Dispose();
}
