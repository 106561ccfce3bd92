using Gristmill.Jobs;
using Gristmill.Runtime;

namespace Gristmill.Graph;

/// <summary>A chain of operators that run in the same subtasks.</summary>
internal sealed record TaskPlan(int Index, Node Head, int Parallelism);

/// <summary>One parallel instance of a task.</summary>
/// <param name="Number">Its number among all subtasks of the job.</param>
/// <param name="Task">The task.</param>
/// <param name="Index">Its index among the task's subtasks.</param>
internal sealed record SubtaskPlan(int Number, TaskPlan Task, int Index)
{
    /// <summary>For logs: the head's name and the index.</summary>
    public string Label => $"{Task.Head.Label}#{Index}";
}

/// <summary>
/// How a job is cut into tasks. Operators are fused as far as each has one input, of the same parallelism; an exchange by
/// key between single subtasks moves nothing and is fused as well, unless a checkpoint holds records in flight to it.
/// </summary>
internal sealed class JobPlan
{
    private readonly Dictionary<Node, int> _parallelism = [];
    private readonly Dictionary<Node, TaskPlan> _taskOf = [];
    private readonly Dictionary<Consumer, Exchange> _exchanges = [];
    private readonly Dictionary<Consumer, InputName> _inputNames = [];
    private readonly IReadOnlySet<InputName> _cuts;
    private readonly List<TaskPlan> _tasks = [];

    /// <param name="jobName">The job.</param>
    /// <param name="nodes">Its operators, inputs first.</param>
    /// <param name="options">Its options.</param>
    /// <param name="cuts">Inputs that must have channels, because something is in flight to them.</param>
    /// <param name="scale">Parallelism changed since; null: as configured.</param>
    public JobPlan(string jobName, IReadOnlyList<Node> nodes, GristmillOptions options, IReadOnlySet<InputName>? cuts = null, JobScale? scale = null)
    {
        JobName = jobName;
        Nodes = nodes;
        Scale = scale ?? JobScale.Configured;
        _cuts = cuts ?? new HashSet<InputName>();
        NameInputs();
        foreach (Node node in nodes)
            _parallelism[node] = Scale.Of(node) ?? (node.StartsParallelism || node.Inputs.Count != 1 ? Scale.Of(options) : _parallelism[node.Inputs[0].Node]);
        foreach (Node node in nodes)
            AssignTask(node);
        Subtasks = [.. _tasks.SelectMany(task => Enumerable.Range(0, task.Parallelism), (task, index) => (task, index)).Select((one, number) => new SubtaskPlan(number, one.task, one.index))];
    }

    /// <summary>All subtasks, in the order of their numbers.</summary>
    public IReadOnlyList<SubtaskPlan> Subtasks { get; }

    public string JobName { get; }

    public JobScale Scale { get; }

    public IReadOnlyList<Node> Nodes { get; }

    public IReadOnlyList<TaskPlan> Tasks => _tasks;

    public int ParallelismOf(Node node) => _parallelism[node];

    public TaskPlan TaskOf(Node node) => _taskOf[node];

    public bool IsChained(Consumer consumer) => _taskOf[consumer.Node].Head != consumer.Node;

    public Exchange ExchangeTo(Consumer consumer) => _exchanges[consumer];

    /// <summary>What the inputs of all channels take, in order of the exchanges.</summary>
    public IEnumerable<string> ExchangeSchemas => UnchainedConsumers.Select(one => one.Consumer.Schemas);

    private IEnumerable<(Node Node, Consumer Consumer)> UnchainedConsumers
        => Nodes.SelectMany(node => node.Outputs.SelectMany(port => port.AllConsumers).Where(consumer => !IsChained(consumer)), (node, consumer) => (node, consumer));

    /// <summary>What an input is called, also under another parallelism.</summary>
    public InputName NameOf(Consumer consumer) => _inputNames[consumer];

    /// <summary>All inputs, with or without channels.</summary>
    public IEnumerable<InputName> InputNames => _inputNames.Values;

    /// <summary>The inputs that have channels.</summary>
    public IEnumerable<Consumer> Exchanged => _inputNames.Keys.Where(consumer => !IsChained(consumer));

    /// <summary>Opens the channels between tasks, anew for each generation.</summary>
    public void OpenExchanges(JobRun run)
    {
        _exchanges.Clear();
        foreach ((Node node, Consumer consumer) in UnchainedConsumers)
        {
            TaskPlan from = TaskOf(node);
            TaskPlan to = TaskOf(consumer.Node);
            bool forward = !consumer.IsKeyed && from.Parallelism == to.Parallelism;
            _exchanges.Add(consumer, consumer.CreateExchange(run, new ExchangePlan(_exchanges.Count, from, to, forward)));
        }
    }

    private void NameInputs()
    {
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Node node in Nodes)
        {
            int number = labels[node.Label] = labels.GetValueOrDefault(node.Label) + 1;
            string name = number == 1 ? node.Label : $"{node.Label} ({number})";
            foreach (Consumer consumer in node.Inputs.Distinct().SelectMany(port => port.AllConsumers).Where(consumer => consumer.Node == node))
                _inputNames.Add(consumer, new InputName(name, _inputNames.Keys.Count(known => known.Node == node)));
        }
    }

    private void AssignTask(Node node)
    {
        if (node.Inputs is [Port only] && IsFusable(only, node))
        {
            _taskOf[node] = _taskOf[only.Node];
            return;
        }

        var task = new TaskPlan(_tasks.Count, node, _parallelism[node]);
        _tasks.Add(task);
        _taskOf[node] = task;
    }

    private bool IsFusable(Port input, Node node)
    {
        if (_cuts.Count != 0 && input.AllConsumers.Any(consumer => consumer.Node == node && _cuts.Contains(_inputNames[consumer])))
            return false;
        int parallelism = _parallelism[node];
        return _parallelism[input.Node] == parallelism
            && (parallelism == 1 || !input.AllConsumers.Any(consumer => consumer.Node == node && consumer.IsKeyed));
    }
}

/// <summary>Checks a job before it starts: all its faults at once.</summary>
internal static class JobCheck
{
    public static IReadOnlyList<string> Problems(JobBuilder job, GristmillOptions options)
    {
        var problems = new List<string>();
        IReadOnlyList<Node> nodes = job.Nodes;
        if (!nodes.OfType<SourceNode>().Any())
            problems.Add("The job has no source; begin it with job.From(name, source).");
        if (!nodes.OfType<SinkNode>().Any())
            problems.Add("The job has no sink; end a stream with .To(name, sink).");
        foreach (Node node in nodes.Where(node => NeedsName(node) && string.IsNullOrWhiteSpace(node.Name)))
            problems.Add($"The {node.Label} has no name; its state is found by its name, so give it one.");
        foreach (IGrouping<string, Node> doubled in nodes.Where(node => node.Name is not null).GroupBy(node => node.Name!, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            problems.Add($"The name '{doubled.Key}' is given to {string.Join(" and ", doubled.Select(node => $"a {node.Kind}"))}; each operator needs a name of its own.");
        foreach (IGrouping<string, SinkNode> shared in nodes.OfType<SinkNode>().Where(sink => sink.Target is not null).GroupBy(sink => sink.Target!, StringComparer.Ordinal).Where(group => group.Count() > 1))
            problems.Add($"The sinks {string.Join(" and ", shared.Select(sink => $"'{sink.Name}'"))} write to '{shared.Key}' and would take each other's output for their own; give each one of its own: another directory or Prefix.");
        foreach (Node node in nodes)
        {
            if (node.Name is { Length: > 100 } || node.Name?.Any(c => c is '/' or '\\' || char.IsControl(c)) == true)
                problems.Add($"The name '{node.Name}' of a {node.Kind} has a slash, a control character or more than 100 characters; choose a plainer one.");
            if (node.OwnParallelism > options.KeyGroups)
                problems.Add($"{Title(node)}: its parallelism is {node.OwnParallelism}; the most is the number of key groups, {options.KeyGroups}.");
            problems.AddRange(node.Problems().Select(problem => $"{Title(node)}: {problem}"));
        }

        return problems;
    }

    private static bool NeedsName(Node node) => node.StartsParallelism || node is SinkNode;

    private static string Title(Node node) => $"{char.ToUpperInvariant(node.Kind[0])}{node.Kind[1..]} '{node.Name}'";
}
