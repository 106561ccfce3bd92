using Gristmill.Cli;

return await GristmillTool.RunAsync(args, ToolOutput.OfProcess(), Environment.GetEnvironmentVariable);
