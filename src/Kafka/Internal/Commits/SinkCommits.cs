using System.Collections.Immutable;
using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>All commits of a sink in one generation: one after the other, on threads of their own, by one session that stays.</summary>
internal sealed class SinkCommits : IAsyncDisposable
{
    private static readonly TimeSpan Renewal = TimeSpan.FromDays(1);

    private readonly KafkaConnection _connection;
    private readonly KafkaWriteOptions _options;
    private readonly SinkContext _context;
    private readonly RecordName _own;
    private readonly Action<CommitStep, long>? _onStep;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _closing = new();
    private readonly CommitSession _session;
    private CommitMachine _machine;
    private RecordName _asked;
    private ITimer? _renewal;

    public SinkCommits(KafkaConnection connection, KafkaWriteOptions options, RecordName own, SinkContext context, Action<CommitStep, long>? onStep)
    {
        (_connection, _options, _own, _context, _onStep) = (connection, options, own, context, onStep);
        _session = new CommitSession(connection, options, own.TransactionalId, context);
        _machine = new CommitMachine(context.FirstEpoch, options.WhenRecordLost, CommitFaults.None);
        _asked = own;
    }

    /// <summary>Completes when all is out.</summary>
    public Task PublishAsync(IReadOnlyList<Staged<KafkaStaged>> staged, CancellationToken cancellationToken) => InTurnAsync(
        stop =>
        {
            foreach (IGrouping<RecordName, Staged<KafkaStaged>> stream in staged.GroupBy(output => RecordName.Of(output.Value)))
                Publish(stream.Key, stream, stop);
        },
        cancellationToken);

    /// <summary>Completes when the generation's lineage has a record, without which nothing may be staged.</summary>
    public Task MakeSureAsync(CancellationToken cancellationToken) => InTurnAsync(
        stop =>
        {
            // Who begins finds out within seconds that something is set up wrong; who goes on waits.
            var run = new CommitRun(_connection, _session, _context, _onStep) { Name = _own, IsStart = _context.FirstEpoch == 1 };
            Reach(run, CommitGoal.MakeSure, stop);
        },
        cancellationToken);

    /// <summary>From here on everything asked of it is refused.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
            return;
#pragma warning disable CA1849 // Not CancelAsync: what it runs is short.
        _closing.Cancel();
#pragma warning restore CA1849
        await InTurnAsync(
            _ => _session.Dispose(),
            CancellationToken.None,
            evenClosing: true);
        // The work that was under way may have made it.
        if (_renewal is { } renewal)
            await renewal.DisposeAsync();
    }

    private void Publish(RecordName name, IEnumerable<Staged<KafkaStaged>> staged, CancellationToken stop)
    {
        ImmutableSortedDictionary<long, ImmutableArray<KafkaStaged>> outputs = staged
            .GroupBy(output => output.Epoch)
            .ToImmutableSortedDictionary(epoch => epoch.Key, epoch => epoch.OrderBy(output => output.Subtask).Select(output => output.Value).ToImmutableArray());
        if (name.TransactionalId == _own.TransactionalId)
        {
            Reach(new CommitRun(_connection, _session, _context, _onStep) { Name = name, Outputs = outputs }, CommitGoal.Publish, stop);
            return;
        }

        // Staged by a job of another name, or before the id was changed: written as it would have been there.
        using var session = new CommitSession(_connection, _options, name.TransactionalId, _context);
        var machine = new CommitMachine(_context.FirstEpoch, _options.WhenRecordLost, CommitFaults.None);
        Reach(ref machine, new CommitRun(_connection, session, _context, _onStep) { Name = name, Outputs = outputs }, CommitGoal.Publish, isOwn: false, isSame: false, stop);
    }

    private void Reach(CommitRun run, CommitGoal goal, CancellationToken stop)
    {
        bool isSame = run.Name == _asked;
        _asked = run.Name;
        Reach(ref _machine, run, goal, run.Name == _own, isSame, stop);
        _renewal ??= _context.Time.CreateTimer(_ => Renew(), null, Renewal, Renewal);
    }

    private void Reach(ref CommitMachine machine, CommitRun run, CommitGoal goal, bool isOwn, bool isSame, CancellationToken stop)
    {
        bool knew = machine.Knows && isSame;
        machine = machine.Start(goal, [.. run.Outputs.Keys], isOwn, isSame);
        run.Reach(ref machine, stop);
        switch (machine.Refusal)
        {
            case CommitRefusal.OlderCopy:
                throw RecordErrors.OlderCopy(run.Name, machine.Out, _context.FirstEpoch);
            case CommitRefusal.RecordLost:
                throw RecordErrors.Lost(_connection, run.Name, run.Outputs.Keys.First(), run.Outputs.Keys.Last(), _context.FirstEpoch);
        }
        if (!knew && goal == CommitGoal.Publish && machine.WasAssumed && run.Outputs.Keys.First() < _context.FirstEpoch)
            SinkLog.RecordLost(_context.Logger, _context.Operator, run.Name.Group, _options.WhenRecordLost, run.Outputs.Keys.First(), run.Outputs.Keys.Last());
    }

    /// <summary>Brokers forget a record that nobody writes for a week, and a job may have nothing to write for longer.</summary>
    private async void Renew()
    {
        try
        {
            await InTurnAsync(stop => Reach(new CommitRun(_connection, _session, _context, _onStep) { Name = _own }, CommitGoal.Renew, stop), CancellationToken.None);
        }
        catch (Exception e) when (_closing.IsCancellationRequested && e is OperationCanceledException or InvalidOperationException)
        {
            // The generation ends.
        }
        catch (Exception e)
        {
            string reason = e is KafkaException kafka ? new SinkErrors(_connection).Say(kafka.Error) : e.Message;
            SinkLog.NotRenewed(_context.Logger, _context.Operator, _own.Group, Renewal.TotalHours, reason);
        }
    }

    private async Task InTurnAsync(Action<CancellationToken> work, CancellationToken cancellationToken, bool evenClosing = false)
    {
        if (!evenClosing && _closing.IsCancellationRequested)
            throw new InvalidOperationException($"Sink '{_context.Operator}' of generation {_context.Generation} is closed; what it has staged the next generation writes.");
        using CancellationTokenSource stop = evenClosing ? new() : CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        await _turn.WaitAsync(stop.Token);
        try
        {
            await Task.Factory.StartNew(() => work(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }
        finally
        {
            _turn.Release();
        }
    }
}
