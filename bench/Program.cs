using System.CommandLine;
using System.CommandLine.Invocation;
using Gristmill.Bench;

const int WrongUse = 2;

var root = new RootCommand("Benchmarks of Gristmill.") { new NexmarkCommand() };
ParseResult parsed = root.Parse(args);
if (parsed.Action is ParseErrorAction wrong)
{
    wrong.ShowHelp = false;
    await parsed.InvokeAsync();
    await Console.Error.WriteLineAsync("See --help.");
    return WrongUse;
}

return await parsed.InvokeAsync();
