using Gristmill.GrainInterfaces;
using Gristmill.Runtime;

namespace Gristmill.Grains;

/// <summary>
/// The ends of a subtask's channels. They are opened while the subtask is made and connected when all others are: to a
/// queue in this silo's memory, or to grain calls.
/// </summary>
internal sealed class GrainChannels(Wiring wiring) : IChannels
{
    private readonly List<ILateEnd> _ends = [];
    private readonly Dictionary<ChannelKey, IRemoteInput> _inputs = [];

    public OutputChannel<T> OpenOutput<T>(ChannelId id)
    {
        var output = new LateOutput<T>(KeyOf(id), wiring.NumberOf(id.Exchange.To, id.To), wiring);
        _ends.Add(output);
        return output;
    }

    public InputChannel<T> OpenInput<T>(ChannelId id)
    {
        var input = new LateInput<T>(KeyOf(id), wiring.NumberOf(id.Exchange.From, id.From), wiring);
        _ends.Add(input);
        _inputs.Add(KeyOf(id), input.Remote);
        return input;
    }

    public void Connect(IReadOnlyList<IOperatorGrain> grains, IReadOnlyList<SiloAddress> silos)
    {
        foreach (ILateEnd end in _ends)
            end.Connect(grains, silos);
    }

    public Task<Delivery> DeliverAsync(ChannelMessages messages)
        => _inputs.TryGetValue(messages.Channel, out IRemoteInput? input)
            ? input.TakeAsync(messages.Sequence, messages.Payload)
            : throw Unknown(messages.Channel);

    public Delivery Announce(BarrierNotice notice)
        => _inputs.TryGetValue(notice.Channel, out IRemoteInput? input) ? input.Announced(notice) : throw Unknown(notice.Channel);

    public void Close()
    {
        foreach (ILateEnd end in _ends)
            end.Close();
    }

    private ArgumentException Unknown(ChannelKey channel)
        => new($"Subtask {wiring.Number} of job '{wiring.Job}' has no input {channel}; the sender was built from another job.");

    private static ChannelKey KeyOf(ChannelId id) => new(id.Exchange.Index, id.From, id.To);
}

/// <summary>What the ends of a subtask's channels need to know.</summary>
internal sealed record Wiring(
    string Job, long Generation, int Number, SiloAddress Silo, Graph.JobPlan Plan, GristmillOptions Options,
    SiloChannels Local, IWaker Waker, TimeProvider Time, Action<Exception> Failed)
{
    /// <summary>The number of a task's subtask.</summary>
    public int NumberOf(Graph.TaskPlan task, int index) => Plan.Subtasks.First(subtask => subtask.Task == task && subtask.Index == index).Number;
}

/// <summary>An end that knows only later where the other one is.</summary>
internal interface ILateEnd
{
    void Connect(IReadOnlyList<IOperatorGrain> grains, IReadOnlyList<SiloAddress> silos);

    void Close();
}

internal sealed class LateOutput<T>(ChannelKey channel, int target, Wiring wiring) : OutputChannel<T>, ILateEnd
{
    private OutputChannel<T>? _inner;

    private OutputChannel<T> Inner => _inner ?? throw new InvalidOperationException("A subtask steps only when its channels are connected.");

    public void Connect(IReadOnlyList<IOperatorGrain> grains, IReadOnlyList<SiloAddress> silos)
        => _inner = silos[target].Equals(wiring.Silo)
            ? wiring.Local.OpenOutput<T>(wiring.Job, wiring.Generation, channel, wiring.Options, wiring.Waker)
            : new RemoteOutput<T>(channel, grains[target], $"{wiring.Plan.Subtasks[target].Label} on {silos[target]}", wiring);

    public void Close()
    {
        (_inner as RemoteOutput<T>)?.Close();
        wiring.Local.Release(wiring.Job, wiring.Generation, channel);
    }

    public override bool TakesKeys => Inner.TakesKeys;

    public override bool TryMakeRoom() => Inner.TryMakeRoom();

    public override Batch<T> Rent() => _inner?.Rent() ?? new Batch<T>(wiring.Options.BatchSize);

    public override void Send(Batch<T> batch) => Inner.Send(batch);

    public override void Send(MessageKind kind, long value) => Inner.Send(kind, value);

    public override void SendBarrier(long checkpoint, long? sinceMs) => Inner.SendBarrier(checkpoint, sinceMs);

    public override void Push() => Inner.Push();
}

internal sealed class LateInput<T>(ChannelKey channel, int source, Wiring wiring) : InputChannel<T>, ILateEnd
{
    private InputChannel<T>? _inner;
    private BarrierAnnouncements? _announcements;

    /// <summary>There from the start: another silo's subtask may begin to send before this one is told to begin.</summary>
    public RemoteInput<T> Remote { get; } = new(wiring);

    public void Connect(IReadOnlyList<IOperatorGrain> grains, IReadOnlyList<SiloAddress> silos)
    {
        _inner = silos[source].Equals(wiring.Silo)
            ? wiring.Local.OpenInput<T>(wiring.Job, wiring.Generation, channel, wiring.Options, wiring.Waker)
            : Remote;
        if (_announcements is { } to)
            _inner.Announce(to);
    }

    public void Close()
    {
        Remote.Close();
        wiring.Local.Release(wiring.Job, wiring.Generation, channel);
    }

    public override MessageKind TryReceive(out Batch<T>? batch, out long value) => _inner!.TryReceive(out batch, out value);

    public override void Return(Batch<T> batch) => _inner!.Return(batch);

    public override bool CanLookAhead => true;

    /// <summary>Heard from the start, as messages are.</summary>
    public override void Announce(BarrierAnnouncements to)
    {
        _announcements = to;
        Remote.Announce(to);
    }

    public override MessageKind TryLookAhead(int ahead, out Batch<T>? batch, out long value) => _inner!.TryLookAhead(ahead, out batch, out value);
}
