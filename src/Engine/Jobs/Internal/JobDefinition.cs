using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.Graph;
using Microsoft.Extensions.Logging;

namespace Gristmill.Jobs;

/// <summary>A checked job with its options.</summary>
internal sealed class JobDefinition
{
    private JobDefinition(string name, IReadOnlyList<Node> nodes, GristmillOptions options)
    {
        Name = name;
        Nodes = nodes;
        Options = options;
        Decoding = options.Checkpoints.Decoding();
        Store = options.Checkpoints.EffectiveStore()!;
    }

    public string Name { get; }

    public IReadOnlyList<Node> Nodes { get; }

    public GristmillOptions Options { get; }

    /// <summary>What its checkpoints' blocks are read with.</summary>
    public BlockDecoding Decoding { get; }

    public ICheckpointStore Store { get; }

    /// <summary>Builds and checks a job.</summary>
    /// <exception cref="JobConfigurationException">All that is wrong with the options and the job.</exception>
    public static JobDefinition Create(string name, Action<JobBuilder> build, GristmillOptions options)
    {
        var faults = new List<string>(options.Validate());
        try
        {
            ObjectName.ValidateJob(name);
        }
        catch (ArgumentException e)
        {
            faults.Add($"its name: {e.Message}");
        }

        var builder = new JobBuilder();
        build(builder);
        faults.AddRange(JobCheck.Problems(builder, options));
        faults.AddRange(options.Upgrade.Problems([.. builder.Nodes.Where(node => node.Name is not null).Select(node => node.Name!)]));
        if (faults.Count == 0 && options.Checkpoints.Unaligned == UnalignedCheckpoints.Always)
            faults.AddRange(Unwritable(name, builder.Nodes, options).Select(stream => $"Checkpoints.Unaligned is Always, but {stream}; make it plain, or set Unaligned to AfterTimeout or Never."));
        return faults.Count == 0
            ? new JobDefinition(name, builder.Nodes, options)
            : throw new JobConfigurationException(name, faults);
    }

    /// <summary>Gives the store a log, if it has anything to say.</summary>
    public void LogTo(ILoggerFactory loggers) => (Store as LocalCopyStore)?.LogTo(loggers);

    /// <summary>The streams between subtasks whose records can't be part of a checkpoint.</summary>
    private static IEnumerable<string> Unwritable(string name, IReadOnlyList<Node> nodes, GristmillOptions options)
    {
        var plan = new JobPlan(name, nodes, options);
        return plan.Exchanged
            .Select(input => (Name: plan.NameOf(input), Problems: Codecs.Problems(input.RecordType)))
            .Where(input => input.Problems.Count != 0)
            .Select(input => $"the records on their way to {input.Name} can't be written down: {string.Join(" ", input.Problems)}");
    }

    /// <summary>What is allowed but hardly meant, given what the host is.</summary>
    public IEnumerable<string> Warnings()
    {
        if (Options.Checkpoints.Periodic && !Options.Checkpoints.Incremental && Options.Checkpoints.Interval < TimeSpan.FromSeconds(1))
            yield return $"Checkpoints.Interval is {Options.Checkpoints.Interval.TotalMilliseconds:F0} ms and Checkpoints.Incremental is off; below one second whole snapshots cost a large state dearly.";
        if (Options.Checkpoints is { OvertakeAfterMs: not null, Unaligned: UnalignedCheckpoints.AfterTimeout })
        {
            foreach (string stream in Unwritable(Name, Nodes, Options))
                yield return $"{stream}. Checkpoints wait for them however long that takes.";
        }

        if (Store.Durability == StoreDurability.Memory)
            yield return $"checkpoints are kept in {Store.Description}, which ends with this process: after a crash the job starts anew.";
        foreach (SinkNode sink in Nodes.OfType<SinkNode>().Where(sink => sink.Guarantee == DeliveryGuarantee.AtLeastOnce))
            yield return $"sink '{sink.Name}' delivers at least once: after a failure some records come twice.";
    }
}
