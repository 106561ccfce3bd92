using Gristmill.Samples.KafkaCounts;

return await CommandLine.RunAsync(args);
