using Gristmill.Kafka;
using Gristmill.Kafka.Internal;
using Gristmill.Samples.KafkaCounts;

namespace Gristmill.Grains.Tests;

/// <summary>The job of the sample, with a sink whose commits may be held.</summary>
internal sealed class HeldCounts(Settings settings, HeldCommit held) : IJob
{
    public void Build(JobBuilder job)
    {
        var kafka = new KafkaConnection(settings.Bootstrap);
        var sink = (KafkaSink<Update>)KafkaTopic.Write<Update>(kafka, settings.Out, Update.Write, options => options.TransactionalId = settings.Group);
        sink.OnStep = held.At;
        job
            .From("in", KafkaTopic.Read(kafka, settings.In, Item.Read, options => options.GroupId = settings.Group))
            .KeyBy((in i) => i.Key)
            .Process("counts", () => new Counter())
            .To("out", sink);
    }
}

/// <summary>Holds the next commit that comes to a step in front of it; those after it are not held.</summary>
internal sealed class HeldCommit(CommitStep step)
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _wanted;

    /// <summary>Waits until one is held.</summary>
    public Task HoldAsync()
    {
        Volatile.Write(ref _wanted, 1);
        return _reached.Task.WaitAsync(Cluster.Bound, TestContext.Current.CancellationToken);
    }

    public void LetGo() => _held.TrySetResult();

    public void At(CommitStep now, long epoch)
    {
        if (now != step || Interlocked.Exchange(ref _wanted, 0) == 0)
            return;
        _reached.SetResult();
        _held.Task.Wait();
    }
}
