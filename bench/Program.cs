using Gristmill.Bench;

return await CommandLine.RunAsync(args, Console.Out, Console.Error);
