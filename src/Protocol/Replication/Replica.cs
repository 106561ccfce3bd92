namespace Gristmill.Protocol;

/// <summary>
/// A replica of a store on one node: primary, backup or neither, as the configuration says that a call comes with. An operation is
/// acknowledged when both have it; the backup makes it first, so the primary never shows what could still be lost.
/// docs/decisions/0013 has the argument, the model test every order of events.
/// </summary>
public static class Replica
{
    /// <summary>Seals the replica: it has no part in older epochs from now on. Sealing again changes nothing.</summary>
    /// <returns>Whether it is sealed at this epoch; not if it is at a newer one.</returns>
    public static (ReplicaState Next, ReplicaAnswer Answer) Seal(ReplicaState state, long epoch)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (epoch < state.Promised) return (state, ReplicaAnswer.OtherEpoch);
        if (epoch == state.Promised) return (state, ReplicaAnswer.Accepted);

        // What waits for the backup was never acknowledged; with which content the next epoch begins is not decided here.
        return (state with { Promised = epoch, Pending = null, BackupLost = false }, ReplicaAnswer.Accepted);
    }

    /// <summary>
    /// The content of a sealed replica becomes that of the epoch it is sealed at, and is to be copied to the other node. It can
    /// no longer change, unless that epoch is chosen.
    /// </summary>
    public static (ReplicaState Next, ReplicaAnswer Answer) Adopt(ReplicaState state, long epoch)
    {
        ArgumentNullException.ThrowIfNull(state);
        return epoch == state.Promised && state.ContentEpoch != 0
            ? (state with { ContentEpoch = epoch }, ReplicaAnswer.Accepted)
            : (state, ReplicaAnswer.OtherEpoch);
    }

    /// <summary>Takes the content of an epoch, all of it. A copy that comes again is dropped: operations may have followed the first.</summary>
    public static (ReplicaState Next, ReplicaAnswer Answer) Install(ReplicaState state, long epoch, ReplicatedContent content)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(content);
        if (epoch < state.Promised) return (state, ReplicaAnswer.OtherEpoch);
        if (state.IsIn(epoch) && (state.Faults & ReplicationFaults.InstallTwice) == 0) return (state, ReplicaAnswer.Accepted);

        return (state with { Promised = epoch, ContentEpoch = epoch, Content = content, Pending = null, BackupLost = false }, ReplicaAnswer.Accepted);
    }

    /// <summary>The node has no part in an epoch that was chosen: what it still holds of older ones goes.</summary>
    public static ReplicaState Retire(ReplicaState state, long epoch)
    {
        ArgumentNullException.ThrowIfNull(state);
        return epoch < state.Promised ? state : state with
        {
            Promised = epoch, ContentEpoch = 0, Content = ReplicatedContent.Empty, Pending = null, BackupLost = false,
        };
    }

    /// <summary>As primary: puts an operation in order.</summary>
    /// <param name="state">The replica.</param>
    /// <param name="configuration">The configuration the sender knows.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="mostBytes">How many bytes the content may have: uploads beyond them are refused, nothing else is.</param>
    /// <returns>
    /// A result: it is made, or refused for good. Else, if accepted: it is <see cref="ReplicaState.Pending"/>; send it to the backup with
    /// the number <see cref="ReplicatedContent.Made"/> + 1, and tell <see cref="Replicated"/> or <see cref="NotReplicated"/>.
    /// </returns>
    public static (ReplicaState Next, ReplicaAnswer Answer, ReplicaResult? Result) Submit(
        ReplicaState state, ReplicaConfiguration configuration, ReplicaOperation operation, long mostBytes)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(operation);
        if (CanServe(state, configuration.Epoch) is var answer and not ReplicaAnswer.Accepted) return (state, answer, null);
        if (state.Pending is not null) return (state, ReplicaAnswer.Busy, null);
        if (IsTooMuch(state.Content, operation, mostBytes)) return (state, ReplicaAnswer.Accepted, new ReplicaResult(ReplicaOutcome.Full, state.Content.Made));
        if (configuration.Backup is not null) return (state with { Pending = operation }, ReplicaAnswer.Accepted, null);

        var (content, result) = state.Content.Make(operation);
        return (state with { Content = content }, ReplicaAnswer.Accepted, result);
    }

    /// <summary>As backup: makes the operation of that number, once.</summary>
    public static (ReplicaState Next, ReplicaAnswer Answer) Replicate(ReplicaState state, long epoch, long number, ReplicaOperation operation)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(operation);
        if (!Serves(state, epoch)) return (state, ReplicaAnswer.OtherEpoch);
        if (number <= state.Content.Made) return (state, ReplicaAnswer.Accepted);

        Invariant.Holds(number == state.Content.Made + 1, "The primary sends an operation when the backup has the one before.");
        return (state with { Content = state.Content.Make(operation).Next }, ReplicaAnswer.Accepted);
    }

    /// <summary>As primary: the backup has the operation of that number.</summary>
    /// <returns>What has become of it; null: it waits no more, its epoch is over.</returns>
    public static (ReplicaState Next, ReplicaResult? Result) Replicated(ReplicaState state, long epoch, long number)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (!Serves(state, epoch) || state.BackupLost || state.Pending is not { } operation || number != state.Content.Made + 1) return (state, null);

        var (content, result) = state.Content.Make(operation);
        return (state with { Content = content, Pending = null }, result);
    }

    /// <summary>As primary: the backup has not answered in time, or not with yes. Nothing goes on in this epoch.</summary>
    public static ReplicaState NotReplicated(ReplicaState state, long epoch)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.IsIn(epoch) && state.Pending is not null ? state with { BackupLost = true } : state;
    }

    /// <summary>
    /// As primary, whether its content may be read; what is read is true only if the backup says after it that it is in the same epoch
    /// (<see cref="Confirm"/>). Any newer one seals one of the two before it begins.
    /// </summary>
    public static ReplicaAnswer CanServe(ReplicaState state, long epoch)
    {
        ArgumentNullException.ThrowIfNull(state);
        return !Serves(state, epoch) ? ReplicaAnswer.OtherEpoch : state.BackupLost ? ReplicaAnswer.BackupLost : ReplicaAnswer.Accepted;
    }

    /// <summary>As backup: whether the epoch still goes on.</summary>
    public static ReplicaAnswer Confirm(ReplicaState state, long epoch)
    {
        ArgumentNullException.ThrowIfNull(state);
        return Serves(state, epoch) ? ReplicaAnswer.Accepted : ReplicaAnswer.OtherEpoch;
    }

    private static bool Serves(ReplicaState state, long epoch) =>
        state.IsIn(epoch) || ((state.Faults & ReplicationFaults.ServeSealedEpoch) != 0 && state.ContentEpoch == epoch);

    private static bool IsTooMuch(ReplicatedContent content, ReplicaOperation operation, long mostBytes) =>
        operation.Kind is ReplicaOperationKind.Upload or ReplicaOperationKind.Publish
        && content.Bytes + operation.Bytes.Length > mostBytes
        && !content.Outcomes.ContainsKey(operation.Id);
}
