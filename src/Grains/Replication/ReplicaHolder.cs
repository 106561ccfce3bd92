using Gristmill.Protocol;

namespace Gristmill.Grains;

/// <summary>
/// This silo's replica of one store: the protocol's <see cref="Replica"/> with calls around it. Runs in the service's turns. An epoch
/// that ends while a call waits for the other silo ends the wait.
/// </summary>
internal sealed class ReplicaHolder(string store, ReplicatedMemoryOptions options, ReplicaServices services, TimeProvider time)
{
    private const int PageBytes = 1 << 20;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private ReplicaState _state = ReplicaState.None;
    private CancellationTokenSource _epoch = new();
    private (long Epoch, long Pages, ReplicatedContent Content) _incoming = (0, 0, ReplicatedContent.Empty);

    public string Store => store;

    public ReplicaStatus Status => new(ReplicaAnswer.Accepted, _state.Promised, _state.ContentEpoch);

    /// <summary>Bytes it holds.</summary>
    public long Bytes => _state.Content.Bytes;

    public async Task<CommandReply> SubmitAsync(ReplicaSetup setup, ReplicaCommand command)
    {
        await _turn.WaitAsync();
        try
        {
            command = command with { NowMs = time.GetUtcNow().ToUnixTimeMilliseconds() };
            long number = _state.Content.Made + 1;
            (ReplicaState next, ReplicaAnswer answer, ReplicaResult? result) = Replica.Submit(_state, setup.ToConfiguration(), command.ToOperation(), options.MaxBytes);
            Become(next);
            if (answer != ReplicaAnswer.Accepted || result is not null)
                return Reply(answer, result);
            answer = await AskBackupAsync(setup, nameof(Replica.Replicate), backup => backup.ReplicateAsync(store, setup.Epoch, number, command));
            if (answer != ReplicaAnswer.Accepted)
            {
                Become(Replica.NotReplicated(_state, setup.Epoch));
                return Reply(answer, null);
            }

            (next, result) = Replica.Replicated(_state, setup.Epoch, number);
            Become(next);
            return Reply(result is null ? ReplicaAnswer.OtherEpoch : ReplicaAnswer.Accepted, result);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<ReplicaFinding> ReadAsync(ReplicaSetup setup, ReplicaQuestion question)
    {
        ReplicaAnswer answer = Replica.CanServe(_state, setup.Epoch);
        if (answer != ReplicaAnswer.Accepted)
            return ReplicaReads.Nothing with { Answer = answer };

        // Read first, then confirmed: in this order it was true while the epoch went on.
        ReplicaFinding found = ReplicaReads.Answer(_state.Content, question);
        if (setup.Backup is not null)
            answer = await AskBackupAsync(setup, nameof(Replica.Confirm), backup => backup.ConfirmAsync(store, setup.Epoch));
        return answer == ReplicaAnswer.Accepted ? found : ReplicaReads.Nothing with { Answer = answer };
    }

    public ReplicaAnswer Replicate(long epoch, long number, ReplicaCommand command)
    {
        (ReplicaState next, ReplicaAnswer answer) = Replica.Replicate(_state, epoch, number, command.ToOperation());
        Become(next);
        return answer;
    }

    public ReplicaAnswer Confirm(long epoch) => Replica.Confirm(_state, epoch);

    public ReplicaStatus Seal(long epoch)
    {
        (ReplicaState next, ReplicaAnswer answer) = Replica.Seal(_state, epoch);
        Become(next);
        return Status with { Answer = answer };
    }

    public async Task<string?> CopyAsync(long epoch, SiloAddress? target)
    {
        (ReplicaState next, ReplicaAnswer answer) = Replica.Adopt(_state, epoch);
        Become(next);
        if (answer != ReplicaAnswer.Accepted)
            return "a newer reconfiguration has begun";
        if (target is null)
            return null;

        // A content does not change: it is copied as it is now, whatever comes.
        long number = 0;
        foreach (ContentPage page in PagesOf(next.Content))
        {
            answer = await services.CallAsync(target, nameof(Replica.Install), other => other.InstallAsync(store, epoch, page), options.ReplyTimeout, time);
            if (answer != ReplicaAnswer.Accepted)
                return $"{target} has taken no page {number} of it: {answer}";
            number++;
        }

        return null;
    }

    public ReplicaAnswer Install(long epoch, ContentPage page)
    {
        if (epoch < _state.Promised)
            return ReplicaAnswer.OtherEpoch;
        if (_state.IsIn(epoch))
            return ReplicaAnswer.Accepted;
        if (page.Number == 0)
            _incoming = (epoch, 0, ReplicatedContent.Empty);
        if (_incoming.Epoch != epoch || _incoming.Pages != page.Number)
            return ReplicaAnswer.OtherEpoch;
        ReplicatedContent content = _incoming.Content;
        foreach (PagePart part in page.Parts)
            content = content.Add(part.ToPart());
        _incoming = (epoch, page.Number + 1, content);
        if (!page.IsLast)
            return ReplicaAnswer.Accepted;
        _incoming = (0, 0, ReplicatedContent.Empty);
        (ReplicaState next, ReplicaAnswer answer) = Replica.Install(_state, epoch, content);
        Become(next);
        return answer;
    }

    public void Retire(long epoch) => Become(Replica.Retire(_state, epoch));

    private static IEnumerable<ContentPage> PagesOf(ReplicatedContent content)
    {
        long number = 0;
        long bytes = 0;
        List<PagePart> parts = [];
        foreach (ContentPart part in content.Parts())
        {
            parts.Add(PagePart.Of(part));
            bytes += part.Bytes.Length + 2 * part.Name.Length + 48;
            if (bytes < PageBytes)
                continue;
            yield return new ContentPage(number++, parts, IsLast: false);
            parts = [];
            bytes = 0;
        }

        yield return new ContentPage(number, parts, IsLast: true);
    }

    private async Task<ReplicaAnswer> AskBackupAsync(ReplicaSetup setup, string what, Func<IReplicaService, Task<ReplicaAnswer>> call)
    {
        try
        {
            return await services.CallAsync(setup.Backup!, what, call, options.ReplyTimeout, time, _epoch.Token);
        }
        catch (OperationCanceledException)
        {
            return ReplicaAnswer.OtherEpoch;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever it is: the caller has the store reconfigured, and says so.
            return ReplicaAnswer.BackupLost;
        }
    }

    private void Become(ReplicaState next)
    {
        bool ends = next.Promised != _state.Promised;
        _state = next;
        if (!ends)
            return;
        CancellationTokenSource over = _epoch;
        _epoch = new CancellationTokenSource();
        over.Cancel();
        over.Dispose();
    }

    private CommandReply Reply(ReplicaAnswer answer, ReplicaResult? result) => new(answer, result?.Outcome ?? default, result?.Made ?? 0, _state.Content.Bytes);
}
