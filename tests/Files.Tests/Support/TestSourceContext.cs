using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Files.Tests;

/// <summary>A source's surroundings: collects bad records and lets a test wait to be woken.</summary>
public sealed class TestSourceContext : SourceContext, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _woken = new(0);

    public List<BadRecord> Bad { get; } = [];

    public bool FailOnBad { get; init; }

    public override string Job => "job";

    public override string Operator => "in";

    public override int Subtask => 0;

    public override int Parallelism => 1;

    public override TimeProvider Time => TimeProvider.System;

    public override ILogger Logger => NullLogger.Instance;

    public override void Wake() => _woken.Release();

    public override void WakeAt(DateTimeOffset utc) => Wake();

    public override void ReportBadRecord(BadRecord bad)
    {
        if (FailOnBad)
            throw new BadRecordException(Operator, bad);
        Bad.Add(bad);
    }

    public void WaitToBeWoken() => Assert.True(_woken.Wait(Patience), "The reader said Pending and never woke its subtask.");

    public void Dispose() => _woken.Dispose();
}
