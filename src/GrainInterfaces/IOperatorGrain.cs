using Orleans.Concurrency;

namespace Gristmill.GrainInterfaces;

/// <summary>
/// One subtask of one generation of a job. Its key names job, generation, subtask and the silo it is meant for, so a
/// message of another generation can't reach it. An activation that was not prepared knows nothing and says so.
/// </summary>
[Alias("Gristmill.IOperatorGrain")]
public interface IOperatorGrain : IGrainWithStringKey
{
    /// <summary>
    /// Makes the subtask and gives it back its state. However long that takes, it answers soon: it is asked until it is through.
    /// </summary>
    [Alias("Prepare")]
    Task<Preparation> PrepareAsync(SubtaskSetup setup);

    /// <summary>Connects the channels and begins to step.</summary>
    /// <param name="keys">The keys of all subtasks of the generation, in order of their numbers.</param>
    /// <param name="silos">The silos they are on.</param>
    [Alias("Begin")]
    Task BeginAsync(IReadOnlyList<string> keys, IReadOnlyList<SiloAddress> silos);

    /// <summary>Tells the subtask something. To be told twice is as good as once.</summary>
    [Alias("Command")]
    [AlwaysInterleave]
    Task CommandAsync(NodeCommand command);

    /// <summary>Messages of a channel from a subtask on another silo.</summary>
    /// <returns>What became of them.</returns>
    [Alias("Deliver")]
    [AlwaysInterleave]
    Task<Delivery> DeliverAsync(ChannelMessages messages);

    /// <summary>
    /// A barrier is on its way in a channel, and may overtake what is in front of it. Said out of turn, so it may come
    /// before or behind any messages of the channel, twice, or too late.
    /// </summary>
    [Alias("Announce")]
    [AlwaysInterleave]
    Task<Delivery> AnnounceAsync(BarrierNotice notice);

    /// <summary>Asks how the subtask fares.</summary>
    [Alias("Ping")]
    [AlwaysInterleave]
    Task<SubtaskPulse> PingAsync();

    /// <summary>Looks up a key's state.</summary>
    /// <exception cref="JobOperationException">There is no such state, or the subtask does not run here.</exception>
    [Alias("Query")]
    [AlwaysInterleave]
    Task<StateReply> QueryAsync(StateRequest request);

    /// <summary>Stops the subtask and frees what it holds.</summary>
    [Alias("Close")]
    Task CloseAsync();
}
