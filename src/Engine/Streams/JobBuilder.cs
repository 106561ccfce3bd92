using Gristmill.Graph;

namespace Gristmill;

/// <summary>A job: what to read, what to do with it, where to write it. Registered with <c>services.AddGristmill().AddJob&lt;T&gt;()</c>.</summary>
public interface IJob
{
    /// <summary>Describes the job. Called once before each start; must describe the same each time.</summary>
    void Build(JobBuilder job);
}

/// <summary>Collects a job's description.</summary>
public sealed class JobBuilder
{
    private readonly List<Node> _nodes = [];

    internal JobBuilder()
    {
    }

    internal IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Reads a source.</summary>
    /// <param name="name">The operator's name, by which its positions are found after a restart or an upgrade. Unique in the job.</param>
    /// <param name="source">Where the records come from.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public SourceStream<T> From<T>(string name, Source<T> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var node = new SourceNode<T>(source) { Name = name, Kind = "source" };
        Add(node);
        return new SourceStream<T>(this, node);
    }

    internal TNode Add<TNode>(TNode node)
        where TNode : Node
    {
        _nodes.Add(node);
        return node;
    }
}
