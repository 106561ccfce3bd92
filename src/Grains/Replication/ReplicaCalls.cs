using Gristmill.Checkpoints;
using Gristmill.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace Gristmill.Grains;

/// <summary>
/// Calls whoever holds the store, and has others hold it where nobody answers. An operation keeps its id however often it is sent, and
/// so is made once.
/// </summary>
internal sealed class ReplicaCalls(ReplicatedMemoryOptions options, IServiceProvider provider)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(100);

    // Asked for late: the store is named in options, which are there before the silo is.
    private readonly Lazy<(ReplicaServices Services, IGrainFactory Grains, TimeProvider Time)> _silo = new(() => (
        provider.GetRequiredService<ReplicaServices>(), provider.GetRequiredService<IGrainFactory>(), provider.GetRequiredService<TimeProvider>()));

    private ReplicaSetup? _known;
    private long _made;

    private IReplicaDirectoryGrain Directory => _silo.Value.Grains.GetGrain<IReplicaDirectoryGrain>(options.Name);

    /// <exception cref="CheckpointStoreException">Nobody can say.</exception>
    public async Task<ReplicaFinding> AskAsync(ReplicaQuestion question, CancellationToken cancellationToken)
    {
        ReplicaFinding found = await CallAsync(
            async setup =>
            {
                ReplicaFinding answer = await CallPrimaryAsync(setup, nameof(IReplicaService.ReadAsync), primary => primary.ReadAsync(setup, question), cancellationToken);
                return (answer.Answer, answer);
            },
            cancellationToken);
        Saw(found.Made);
        return found;
    }

    /// <summary>Makes an operation.</summary>
    /// <returns><see cref="ReplicaOutcome.Done"/>, <see cref="ReplicaOutcome.Conflict"/> or <see cref="ReplicaOutcome.NoUpload"/>.</returns>
    /// <exception cref="CheckpointStoreException">It can't be made, or nobody knows whether it was.</exception>
    public async Task<ReplicaOutcome> MakeAsync(ReplicaOperationKind kind, string name, Guid upload, long position, byte[] bytes, CancellationToken cancellationToken)
    {
        var command = new ReplicaCommand(Guid.NewGuid(), kind, Interlocked.Read(ref _made), name, upload, position, bytes, 0);
        while (true)
        {
            int sent = 0;
            CommandReply reply = await CallAsync(
                async setup =>
                {
                    sent++;
                    CommandReply answer = await CallPrimaryAsync(setup, nameof(IReplicaService.SubmitAsync), primary => primary.SubmitAsync(setup, command), cancellationToken);
                    return (answer.Answer, answer);
                },
                cancellationToken);
            Saw(reply.Made);
            switch (reply.Outcome)
            {
                case ReplicaOutcome.Forgotten when sent == 1:
                    // It was sent once, and that was no use: now it is known how far the store is.
                    command = command with { SentAfter = reply.Made };
                    continue;
                case ReplicaOutcome.Forgotten:
                    throw Fault($"whether an operation ({kind} '{name}') was made is not known any more, since too many have followed; read it to learn that");
                case ReplicaOutcome.Full:
                    throw Fault($"it holds {reply.Held} bytes, and {bytes.Length} more are beyond MaxBytes, {options.MaxBytes}; set it higher, retain fewer checkpoints, or keep large state in another store");
                default:
                    return reply.Outcome;
            }
        }
    }

    private async Task<T> CallAsync<T>(Func<ReplicaSetup, Task<(ReplicaAnswer Answer, T Reply)>> call, CancellationToken cancellationToken)
    {
        TimeProvider time = _silo.Value.Time;
        long begun = time.GetTimestamp();
        string why = "";
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_known is { } setup)
            {
                (ReplicaAnswer? answer, T? reply, string? fault) = await TryAsync(call, setup, cancellationToken);
                if (answer == ReplicaAnswer.Accepted)
                    return reply!;
                why = fault ?? $"{setup} of epoch {setup.Epoch} say {answer}";
            }

            if (time.GetElapsedTime(begun) > options.Patience)
                throw Fault($"within {options.Patience} no two silos could do it: {why}");
            if (await LookUpAsync(setup: _known, cancellationToken) is { } error)
            {
                why = error;
                await Task.Delay(AskAgain, time, cancellationToken);
            }
        }
    }

    private static async Task<(ReplicaAnswer?, T?, string?)> TryAsync<T>(Func<ReplicaSetup, Task<(ReplicaAnswer Answer, T Reply)>> call, ReplicaSetup setup, CancellationToken cancellationToken)
    {
        try
        {
            (ReplicaAnswer answer, T reply) = await call(setup);
            return (answer, reply, null);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException) || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (null, default, $"{setup.Primary} does not answer: {e.Message}");
        }
    }

    /// <summary>Learns who holds the store; whoever held it by then does not do.</summary>
    /// <returns>Why nobody does, for now; null: somebody does.</returns>
    private async Task<string?> LookUpAsync(ReplicaSetup? setup, CancellationToken cancellationToken)
    {
        DirectoryReply reply;
        try
        {
            reply = await (setup is null ? Directory.GetAsync() : Directory.ReconfigureAsync(setup.Epoch, null)).WaitAsync(options.Patience, _silo.Value.Time, cancellationToken);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException) || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return $"which silos hold it can't be learnt: {e.Message}";
        }

        if (reply.IsLost)
            throw Fault(reply.Error!);
        if (reply.Setup is null)
            return reply.Error;
        if (_known is null || reply.Setup.Epoch > _known.Epoch)
            _known = reply.Setup;
        return null;
    }

    /// <summary>Longer than the primary waits for the backup, so that it says which of them does not answer.</summary>
    private Task<T> CallPrimaryAsync<T>(ReplicaSetup setup, string what, Func<IReplicaService, Task<T>> call, CancellationToken cancellationToken)
        => _silo.Value.Services.CallAsync(setup.Primary, what, call, 2 * options.ReplyTimeout, _silo.Value.Time, cancellationToken);

    private void Saw(long made)
    {
        long known = Interlocked.Read(ref _made);
        while (made > known && Interlocked.CompareExchange(ref _made, made, known) is var found && found != known)
            known = found;
    }

    private CheckpointStoreException Fault(string why) => new($"The store '{options.Name}' in the memory of silos can't be used: {why}.");
}
