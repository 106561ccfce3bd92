using Gristmill.Kafka;
using Gristmill.Samples.KafkaCounts;

namespace Gristmill.Grains.Tests;

/// <summary>Writes records wider than its own sink lets pass.</summary>
internal sealed class WideJob(Settings settings) : IJob
{
    public void Build(JobBuilder job) => job
        .From("numbers", Generator.Sequence(100))
        .To("out", KafkaTopic.Write<long>(new KafkaConnection(settings.Bootstrap), settings.Out, static (in _, to) => to.Value(new byte[2_000]), options =>
        {
            options.TransactionalId = settings.Group;
            options.MaxRecordBytes = 1_024;
        }));
}
