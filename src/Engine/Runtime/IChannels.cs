using Gristmill.Graph;

namespace Gristmill.Runtime;

/// <summary>Where a node gets the ends of channels from.</summary>
internal interface IChannels
{
    OutputChannel<T> OpenOutput<T>(ChannelId id);

    InputChannel<T> OpenInput<T>(ChannelId id);
}

/// <summary>A channel of a generation.</summary>
/// <param name="Exchange">The exchange it belongs to.</param>
/// <param name="From">The index of the sending subtask.</param>
/// <param name="To">The index of the receiving subtask.</param>
internal readonly record struct ChannelId(ExchangePlan Exchange, int From, int To);

/// <summary>The channels of a node that runs all subtasks of a job: each is made when the first of its ends is asked for.</summary>
internal sealed class LocalChannels(IWaker waker, GristmillOptions options, Func<bool>? isDelayed) : IChannels
{
    private readonly Dictionary<(int Exchange, int From, int To), object> _channels = [];

    public OutputChannel<T> OpenOutput<T>(ChannelId id) => Of<T>(id).Output;

    public InputChannel<T> OpenInput<T>(ChannelId id) => Of<T>(id).Input;

    private LocalChannel<T> Of<T>(ChannelId id)
    {
        (int, int, int) key = (id.Exchange.Index, id.From, id.To);
        if (_channels.TryGetValue(key, out object? made))
            return (LocalChannel<T>)made;
        var channel = new LocalChannel<T>(options.ChannelCapacity, options.BatchSize, waker, isDelayed);
        _channels.Add(key, channel);
        return channel;
    }
}
