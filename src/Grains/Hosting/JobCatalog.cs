using System.Security.Cryptography;
using System.Text;
using Gristmill.GrainInterfaces;
using Gristmill.Graph;
using Gristmill.Jobs;
using Microsoft.Extensions.Options;

namespace Gristmill.Grains;

/// <summary>The jobs this silo was built with.</summary>
internal sealed class JobCatalog(IServiceProvider services, IEnumerable<ClusterJob> jobs, IOptionsMonitor<GristmillOptions> options)
{
    private readonly Dictionary<string, ClusterJob> _jobs = jobs.ToDictionary(job => job.Name, StringComparer.Ordinal);

    public IReadOnlyList<string> Names => [.. _jobs.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Makes a job anew: its objects are not shared between subtasks.</summary>
    /// <exception cref="UnknownJobException">There is none of this name.</exception>
    /// <exception cref="JobConfigurationException">It is not right.</exception>
    public JobDefinition Create(string name)
    {
        if (!_jobs.TryGetValue(name, out ClusterJob? job))
            throw new UnknownJobException(name, Names);
        IJob made = job.Create(services);
        return JobDefinition.Create(name, made.Build, options.Get(name));
    }

    /// <summary>A digest of all that coordinator and subtasks must agree on.</summary>
    public static string Digest(JobPlan plan, GristmillOptions options)
    {
        var text = new StringBuilder($"{options.KeyGroups} {options.Checkpoints.Mode} {ChannelFrames.Version}\n");
        foreach (Node node in plan.Nodes)
            text.Append($"{node.Kind} {node.Name} {plan.ParallelismOf(node)} {plan.TaskOf(node).Index}\n");
        foreach (string schemas in plan.ExchangeSchemas)
            text.Append($"{schemas}\n");
        foreach (SourceNode source in plan.Nodes.OfType<SourceNode>())
            text.Append($"{source.PositionSchema}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
