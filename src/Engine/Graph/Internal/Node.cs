using Gristmill.Operators;
using Gristmill.Runtime;

namespace Gristmill.Graph;

/// <summary>An operator of the job as the user wrote it.</summary>
internal abstract class Node
{
    /// <summary>The name the user gave it, by which its state is found; null for operators without state.</summary>
    public string? Name { get; init; }

    /// <summary>What to call it: its name, or what it is and of which operator it takes its input.</summary>
    public string Label => !string.IsNullOrWhiteSpace(Name) ? Name : $"{Kind} of {Inputs.FirstOrDefault()?.Node.Label ?? "nothing"}";

    /// <summary>What it is: source, select, window, ….</summary>
    public required string Kind { get; init; }

    /// <summary>The parallelism the user set for it; null: as its input, or as the job.</summary>
    public int? OwnParallelism { get; set; }

    /// <summary>The ports it reads.</summary>
    public List<Port> Inputs { get; } = [];

    /// <summary>The ports it writes.</summary>
    public List<Port> Outputs { get; } = [];

    /// <summary>Whether a parallelism of its own makes sense by default: it starts anew from the job's, and not from its input's.</summary>
    public virtual bool StartsParallelism => false;

    /// <summary>Makes its operator alone, connected to nothing, to restore state into; null: it has none.</summary>
    public virtual ChainOperator? CreateDetached(SubtaskBuilder builder) => null;

    /// <summary>All that keeps it from starting, each a sentence; its name is put in front.</summary>
    public virtual IEnumerable<string> Problems() => [];

    /// <summary>For the manifest: the operator's states with their schemas.</summary>
    public virtual IEnumerable<Checkpoints.ManifestState> States() => [];
}

/// <summary>An output of an operator.</summary>
internal abstract class Port(Node node)
{
    public Node Node { get; } = node;

    public abstract IEnumerable<Consumer> AllConsumers { get; }
}

internal sealed class Port<T>(Node node) : Port(node)
{
    public List<Consumer<T>> Consumers { get; } = [];

    public override IEnumerable<Consumer> AllConsumers => Consumers;

    public void Add(Consumer<T> consumer)
    {
        Consumers.Add(consumer);
        consumer.Node.Inputs.Add(this);
    }

    /// <summary>Builds all that reads this port, in one subtask.</summary>
    public Receiver<T> Build(SubtaskBuilder builder)
    {
        SubtaskBuilder.Position here = builder.Here;
        var receivers = new List<Receiver<T>>();
        foreach (Consumer<T> consumer in Consumers)
        {
            builder.Here = here;
            receivers.Add(consumer.Receive(builder));
        }

        return receivers switch
        {
            [] => new Nowhere<T>(),
            [Receiver<T> only] => only,
            _ => new Tee<T>([.. receivers]),
        };
    }

    /// <summary>Closes a fused run with all that reads this port; a single reader may make the run longer.</summary>
    public Receiver<TIn> Build<TIn>(FusedRun<TIn, T> run, SubtaskBuilder builder)
        => Consumers is [Consumer<T> only]
            ? only.Extend(run, builder)
            : run.Close(new EmitStage<T>(new Emitter<T>(Build(builder), builder.Run.Options.BatchSize)), builder);
}
