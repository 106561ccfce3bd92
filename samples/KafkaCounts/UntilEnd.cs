using Gristmill.Kafka;

namespace Gristmill.Samples.KafkaCounts;

/// <summary>
/// Stops the job when all is out that the topic held at the start. It goes by what is committed to the consumer group: that
/// comes after the checkpoint and after the transaction of its output.
/// </summary>
internal static class UntilEnd
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(100), LookAnyway = TimeSpan.FromSeconds(1);

    /// <returns>Whether the end was reached; false: the job ended before.</returns>
    public static async Task<bool> StopAsync(EmbeddedJob job, Settings settings)
    {
        using var over = new CancellationTokenSource();
        _ = job.Completion.ContinueWith(_ => over.Cancel(), TaskScheduler.Default);
        var kafka = new KafkaConnection(settings.Bootstrap);
        try
        {
            IReadOnlyList<KafkaPartitionOffsets> atStart = await KafkaOffsets.ReadAsync(kafka, settings.In, settings.Group, over.Token);
            while (!HasPassed(atStart, await KafkaOffsets.ReadAsync(kafka, settings.In, settings.Group, over.Token)))
                await WaitAsync(job, over.Token);
            await job.StopAsync();
            return true;
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e) when (e is KafkaTopicMissingException or InvalidOperationException)
        {
            // The job finds that out too, and fails with it.
            return false;
        }
    }

    /// <summary>While the job has records to read there is little sense in asking, but others may write without end.</summary>
    private static async Task WaitAsync(EmbeddedJob job, CancellationToken cancellationToken)
    {
        long read;
        var waited = TimeSpan.Zero;
        do
        {
            read = job.Status.RecordsIn;
            await Task.Delay(LookAgain, cancellationToken);
            waited += LookAgain;
        }
        while (read != job.Status.RecordsIn && waited < LookAnyway);
    }

    private static bool HasPassed(IReadOnlyList<KafkaPartitionOffsets> atStart, IReadOnlyList<KafkaPartitionOffsets> now)
        => atStart.All(then => then.End == then.First || now.Any(one => one.Partition == then.Partition && one.Committed >= then.End));
}
