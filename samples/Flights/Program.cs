using Gristmill.Samples.Flights;

return await CommandLine.RunAsync(args);
