using System.CommandLine;
using Gristmill.Kafka;
using Gristmill.KafkaBench;

KafkaClient.Load();
var root = new RootCommand("Measures samples/KafkaCounts, as a process, against a broker.") { new ThroughputCommand(), new RecoveryCommand(), new LatencyCommand() };
return await root.Parse(args).InvokeAsync();
