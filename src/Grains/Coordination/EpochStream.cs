using Orleans.Streams;
using Orleans.Streams.Core;
using Orleans.Streams.PubSub;

namespace Gristmill.Grains;

/// <summary>The stream of a generation's epochs. One of its own for each, so that a dead generation's subscribers are never called again.</summary>
internal static class EpochStream
{
    /// <summary>Some generations never begin, or die before they have cleared.</summary>
    private const int ClearedBefore = 3;

    public static StreamId Of(string job, long generation)
        => StreamId.Create("gristmill-epochs", string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{job}/{generation}"));

    /// <summary>Ends the subscriptions of the generations before: those of killed subtasks would be kept for ever.</summary>
    public static async Task ClearBeforeAsync(IStreamProvider streams, string provider, string job, long generation)
    {
        if (!streams.TryGetStreamSubscriptionManager(out IStreamSubscriptionManager subscriptions))
            return;
        for (long before = Math.Max(1, generation - ClearedBefore); before < generation; before++)
        {
            StreamId stream = Of(job, before);
            foreach (StreamSubscription left in await subscriptions.GetSubscriptions(provider, stream))
                await subscriptions.RemoveSubscription(provider, stream, left.SubscriptionId);
        }
    }
}
