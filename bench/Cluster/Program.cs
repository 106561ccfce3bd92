using System.CommandLine;
using Gristmill.Bench;

var query = new Argument<string>("QUERY") { Description = "kc or q7." };
var events = new Option<long>("--events") { Description = "Millions of events.", DefaultValueFactory = _ => 20 };
var parallelism = new Option<int>("--parallelism") { Description = "Subtasks of each operator.", DefaultValueFactory = _ => 2 };
var keys = new Option<long>("--keys") { Description = "How many keys kc counts by.", DefaultValueFactory = _ => 10_000 };
var rounds = new Option<int>("--rounds") { Description = "How often each is run; medians are told.", DefaultValueFactory = _ => 3 };
query.AcceptOnlyFromAmong([.. Query.All.Select(one => one.Name)]);

var root = new RootCommand("Runs a query embedded, on one silo and on two silos (in one process, with sockets between them), and compares.") { query, events, parallelism, keys, rounds };
root.SetAction(async (parsed, cancellationToken) => await Comparison.RunAsync(
    new RunSettings
    {
        Query = Query.Named(parsed.GetValue(query)!),
        Numbers = new EventNumbers(parsed.GetValue(events) * 1_000_000, 42, 10_000, 1),
        Warmup = 5_000_000,
        Parallelism = parsed.GetValue(parallelism),
        Keys = parsed.GetValue(keys),
        CheckpointInterval = TimeSpan.FromSeconds(1),
    },
    parsed.GetValue(rounds),
    cancellationToken));
return await root.Parse(args).InvokeAsync();
