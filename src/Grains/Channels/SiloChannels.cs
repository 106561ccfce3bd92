using System.Collections.Concurrent;
using Gristmill.GrainInterfaces;
using Gristmill.Runtime;

namespace Gristmill.Grains;

/// <summary>Channels between subtasks on this silo: batches are handed over as they are. Made by whichever end comes first.</summary>
internal sealed class SiloChannels
{
    private readonly ConcurrentDictionary<(string Job, long Generation, ChannelKey Channel), object> _channels = [];
    private long _sentBytes;
    private long _sentRecords;

    /// <summary>Bytes sent to other silos.</summary>
    public long SentBytes => Interlocked.Read(ref _sentBytes);

    /// <summary>Records sent to other silos.</summary>
    public long SentRecords => Interlocked.Read(ref _sentRecords);

    /// <summary>A batch goes to another silo.</summary>
    public void Sent(int bytes, int records)
    {
        Interlocked.Add(ref _sentBytes, bytes);
        Interlocked.Add(ref _sentRecords, records);
    }

    public OutputChannel<T> OpenOutput<T>(string job, long generation, ChannelKey channel, GristmillOptions options, IWaker sender)
    {
        Shared<T> shared = Of<T>(job, generation, channel, options);
        shared.Wakers.Sender = sender;
        return shared.Channel.Output;
    }

    public InputChannel<T> OpenInput<T>(string job, long generation, ChannelKey channel, GristmillOptions options, IWaker receiver)
    {
        Shared<T> shared = Of<T>(job, generation, channel, options);
        shared.Wakers.Receiver = receiver;
        return shared.Input;
    }

    /// <summary>Forgets a channel; an end still open keeps it.</summary>
    public void Release(string job, long generation, ChannelKey channel) => _channels.TryRemove((job, generation, channel), out _);

    private Shared<T> Of<T>(string job, long generation, ChannelKey channel, GristmillOptions options)
        => (Shared<T>)_channels.GetOrAdd((job, generation, channel), static (_, options) => new Shared<T>(options), options);

    private sealed class Shared<T>
    {
        // The sender may begin first, and what it announces by then is for the receiver too.
        private readonly BarrierAnnouncements _announcements = new();

        public Shared(GristmillOptions options)
        {
            Channel = new LocalChannel<T>(options.ChannelCapacity, options.BatchSize, Wakers);
            Channel.Input.Announce(_announcements);
            Input = new EarlyInput<T>(Channel.Input, _announcements);
        }

        public BothEnds Wakers { get; } = new();

        public LocalChannel<T> Channel { get; }

        public InputChannel<T> Input { get; }
    }

    /// <summary>The receiving end of a channel in which barriers were announced before anybody listened.</summary>
    private sealed class EarlyInput<T>(InputChannel<T> inner, BarrierAnnouncements announced) : InputChannel<T>
    {
        public override bool CanLookAhead => inner.CanLookAhead;

        public override MessageKind TryReceive(out Batch<T>? batch, out long value) => inner.TryReceive(out batch, out value);

        public override void Return(Batch<T> batch) => inner.Return(batch);

        public override void Announce(BarrierAnnouncements to) => announced.Forward(to);

        public override MessageKind TryLookAhead(int ahead, out Batch<T>? batch, out long value) => inner.TryLookAhead(ahead, out batch, out value);
    }

    /// <summary>Either end may have become able to go on.</summary>
    private sealed class BothEnds : IWaker
    {
        public volatile IWaker? Sender;
        public volatile IWaker? Receiver;

        public void Wake()
        {
            Sender?.Wake();
            Receiver?.Wake();
        }
    }
}
