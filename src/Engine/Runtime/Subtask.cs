using System.Collections.Concurrent;
using Gristmill.Graph;
using Gristmill.Operators;
using Gristmill.Protocol;
using Gristmill.Queries;

namespace Gristmill.Runtime;

/// <summary>What a step of a subtask came to.</summary>
internal enum StepResult
{
    /// <summary>Nothing could be done; call again after a wake-up or at <see cref="Subtask.WakeAtMs"/>.</summary>
    Idle = 0,

    /// <summary>Something was done; there may be more.</summary>
    Worked,

    /// <summary>The subtask has failed and does nothing any more.</summary>
    Failed,
}

/// <summary>
/// One parallel instance of a chain of operators: a cooperative tasklet. A step does a bounded amount of work and never
/// blocks; hosts differ only in who calls it. One thread at a time may be in it.
/// </summary>
internal abstract class Subtask(JobRun run, TaskPlan task, int index, int number, ChainOperator[] operators, SubtaskSignals signals, ISubtaskReports reports)
{
    private readonly ConcurrentQueue<SubtaskCommand> _commands = [];
    private readonly ConcurrentQueue<PendingQuery> _queries = [];
    private readonly SliceSize _slice = new(run.SliceEntries);
    private readonly bool _overtakes = run.OvertakeAfterMs is not null;
    private SubtaskSnapshot? _snapshot;

    // Written by whoever posts: what waits to know them may be what keeps commands from being taken.
    private long _committed = long.MinValue;
    private long _aborted = long.MinValue;
    private readonly IKnowsFates[] _knowFates = [.. operators.OfType<IKnowsFates>()];
    private long _snapshotStarted;
    private bool _written;
    private bool _settled = true;
    private bool _flushed = true;
    private bool _ended;
    private bool _failed;
    private bool _wasBlocked;
    private volatile bool _closed;

    public TaskPlan Task { get; } = task;

    /// <summary>Its index among the task's subtasks.</summary>
    public int Index { get; } = index;

    /// <summary>Its number among all subtasks of the job.</summary>
    public int Number { get; } = number;

    public ChainOperator[] Operators { get; } = operators;

    /// <summary>For logs: the head's name and the index.</summary>
    public string Label => $"{Task.Head.Label}#{Index}";

    /// <summary>When it wants a step though nothing has come, in milliseconds since 1970.</summary>
    public long WakeAtMs { get; private set; } = long.MaxValue;

    /// <summary>1 while a thread is in it; the host's to set.</summary>
    public int Claimed;

    protected JobRun Run { get; } = run;

    /// <summary>The watermark of the head's input.</summary>
    protected long HeadWatermark { get; set; } = ChainOperator.NoWatermark;

    /// <summary>Whether no records are expected for now.</summary>
    protected bool HeadIdle { get; set; }

    /// <summary>The snapshot that is being written.</summary>
    protected SubtaskSnapshot? Snapshot => _snapshot;

    /// <summary>Whether the snapshot's freeze is put off, as a planted mutant does.</summary>
    protected SubtaskSnapshot? PostponedFreeze { get; set; }

    /// <summary>The newest watermark in the chain that is not the end of time, for the status and for who reads next; any thread may ask.</summary>
    public long Watermark
    {
        get
        {
            long newest = ChainOperator.NoWatermark;
            foreach (ChainOperator op in Operators)
            {
                // Read once: the subtask may be in a step.
                if (op.WatermarkOut is not ChainOperator.EndOfTime and { } reached)
                    newest = Math.Max(newest, reached);
            }

            return newest;
        }
    }

    /// <summary>The newest checkpoint the subtask was told is committed, whether or not a step has heard of it; <see cref="long.MinValue"/>: none.</summary>
    protected long NewestCommitted => Volatile.Read(ref _committed);

    /// <summary>Tells the subtask something; any thread may call it.</summary>
    public void Post(SubtaskCommand command)
    {
        if (command is SubtaskCommand.Committed committed)
            Raise(ref _committed, committed.Checkpoint);
        if (command is SubtaskCommand.Abort aborted)
            Raise(ref _aborted, aborted.Checkpoint);
        _commands.Enqueue(command);
        signals.Wake();
    }

    private static void Raise(ref long highest, long checkpoint)
    {
        long seen = Volatile.Read(ref highest);
        while (checkpoint > seen)
        {
            long found = Interlocked.CompareExchange(ref highest, checkpoint, seen);
            if (found == seen)
                return;
            seen = found;
        }
    }

    /// <summary>Asks for a key's state; any thread may call it. Answered in the next step, or failed when there is none any more.</summary>
    public Task<StateAnswer> AskAsync(StateQuery query)
    {
        var pending = new PendingQuery(query);
        _queries.Enqueue(pending);
        signals.Wake();
        if (_closed)
            FailQueries();
        return pending.Answer;
    }

    /// <summary>Does a bounded amount of work.</summary>
    public StepResult Step()
    {
        if (_failed)
            return StepResult.Failed;
        try
        {
            return StepOnce();
        }
        catch (Exception e)
        {
            _failed = true;
            reports.Failed(this, e);
            return StepResult.Failed;
        }
    }

    /// <summary>Frees what the operators hold, all at once: a sink that takes long adds nothing to another's time. Nobody is in a step any more.</summary>
    public virtual async ValueTask CloseAsync()
    {
        _closed = true;
        FailQueries();
        Exception?[] errors = await System.Threading.Tasks.Task.WhenAll(Operators.Select(TryCloseAsync));
        if (Array.Exists(errors, error => error is not null))
            throw new AggregateException($"Subtask {Label} could not be closed in full.", errors.OfType<Exception>());
    }

    private static async Task<Exception?> TryCloseAsync(ChainOperator op)
    {
        try
        {
            await op.CloseAsync();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    /// <summary>Takes one unit of input: a batch, or a message.</summary>
    /// <returns>False: nothing is there.</returns>
    protected abstract bool TakeInput();

    /// <summary>Whether all input has come.</summary>
    protected abstract bool InputHasEnded { get; }

    protected abstract void OnCommand(SubtaskCommand command);

    /// <summary>All operators have taken up what the checkpoint holds of them.</summary>
    /// <param name="inputWatermark">The watermark its input had.</param>
    public virtual void OnRestored(long inputWatermark)
    {
        HeadWatermark = inputWatermark;
        foreach (ChainOperator op in Operators)
            op.OnRestored();

        // The snapshot may have been taken in the middle of firing, which is brought to its end before any record is
        // taken; and others wait to hear the watermarks again.
        _settled = _flushed = false;
    }

    /// <summary>Looks for barriers that may overtake what is in front of them, and copies that. A bounded amount.</summary>
    /// <returns>Whether anything was done.</returns>
    protected virtual bool LookAhead(long nowMs) => false;

    /// <summary>When <see cref="LookAhead"/> will have something to do though nothing has come, in milliseconds since 1970.</summary>
    protected virtual long NextLookMs => long.MaxValue;

    /// <summary>Whether the snapshot has all it will get of the inputs.</summary>
    protected virtual bool HasCopied => true;

    /// <summary>Whether the state can be frozen now: always between two pieces of input; in the middle of firing where all operators say so.</summary>
    protected bool CanFreeze => _settled || Array.TrueForAll(Operators, op => op.CanFreeze);

    /// <summary>Notes what the head itself contributes to a snapshot.</summary>
    protected virtual void OnHeadBarrier(SubtaskSnapshot snapshot)
    {
    }

    protected void Decline(long checkpoint, string reason)
    {
        if (_snapshot?.Checkpoint == checkpoint)
            AbandonSnapshot();
        reports.Declined(this, checkpoint, reason);
    }

    /// <summary>The barrier has come on all inputs, or overtakes what is in front of it: freeze, forward, go on.</summary>
    /// <param name="checkpoint">The checkpoint's number.</param>
    /// <param name="alignMs">How long its barriers were waited for.</param>
    /// <param name="sinceMs">When the first of them set out, in milliseconds since 1970; null: they overtake nothing.</param>
    protected void PassBarrier(long checkpoint, double alignMs, long? sinceMs)
    {
        long started = Run.Time.GetTimestamp();
        FinishSnapshot();
        var snapshot = new SubtaskSnapshot(checkpoint, reports.OpenSnapshot(this, checkpoint), sinceMs);
        snapshot.Times.AlignMs = alignMs;
        if ((Run.Faults & ProtocolFaults.SnapshotAfterNextBatch) != 0 && !_ended)
        {
            foreach (ChainOperator op in Operators.Where(IsOutput))
                op.OnBarrier(snapshot);
            PostponedFreeze = snapshot;
        }
        else
        {
            Freeze(snapshot, Operators);
        }

        _snapshot = snapshot;
        _written = false;
        _snapshotStarted = started;
        _flushed = true;
        snapshot.Times.PauseMs = Run.Time.GetElapsedTime(started).TotalMilliseconds;
        snapshot.Times.BusyMs += snapshot.Times.PauseMs;
    }

    private static bool IsOutput(ChainOperator op) => op.GetType().IsGenericType && op.GetType().GetGenericTypeDefinition() == typeof(ScatterOutput<>);

    private void Freeze(SubtaskSnapshot snapshot, IEnumerable<ChainOperator> operators)
    {
        OnHeadBarrier(snapshot);
        WatermarkBlock.Add(snapshot, Task.Head.Label, Index, HeadWatermark, Operators);
        foreach (ChainOperator op in operators)
            op.OnBarrier(snapshot);
    }

    private StepResult StepOnce()
    {
        long now = Run.Time.GetUtcNow().ToUnixTimeMilliseconds();
        AnswerQueries();
        bool worked = LookAhead(now);
        worked |= WriteSlice();

        // A barrier that overtakes does not wait for room, so neither do triggers and aborts.
        if (!_settled && _overtakes && CanFreeze)
            worked |= TakeCommands();

        // Whatever makes output waits for room: records, and windows and timers that fire, a part at a time.
        if (!_settled)
        {
            if (!TryMakeRoom())
                return Blocked(worked);
            if (!Settle())
                return StepResult.Worked;
        }

        worked |= TakeCommands();
        if (!TryMakeRoom())
            return Blocked(worked);
        ResumeIdleClocks();
        if (!FireTimers(now))
            return StepResult.Worked;
        if (!_ended && InputHasEnded)
        {
            End();
            return StepResult.Worked;
        }

        if (TakeInput())
        {
            _flushed = false;
            Settle();
            FreezePostponed();
            return StepResult.Worked;
        }

        return Rest(now) || worked ? StepResult.Worked : StepResult.Idle;
    }

    /// <summary>Also while output has no room: a question is not to wait for a slow sink.</summary>
    private void AnswerQueries()
    {
        while (_queries.TryDequeue(out PendingQuery? pending))
        {
            try
            {
                pending.Set(Operators.First(op => op.Name == pending.Query.Address.Operator).Query(pending.Query));
            }
            catch (Exception e)
            {
                pending.Fail(e);
            }
        }
    }

    private void FailQueries()
    {
        while (_queries.TryDequeue(out PendingQuery? pending))
            pending.Fail(new StateQueryException($"Operator '{pending.Query.Address.Operator}' has just ended or is being restarted; ask again, or for its last checkpoint."));
    }

    /// <summary>For what is no operator of the chain.</summary>
    protected virtual void OnCommitted(long checkpoint)
    {
    }

    private void FreezePostponed()
    {
        if (PostponedFreeze is not { } snapshot)
            return;
        PostponedFreeze = null;
        Freeze(snapshot, Operators.Where(op => !IsOutput(op)));
    }

    private bool TakeCommands()
    {
        bool any = false;
        while (_commands.TryDequeue(out SubtaskCommand? command))
        {
            any = true;
            if (command is SubtaskCommand.Committed committed)
            {
                foreach (ChainOperator op in Operators)
                    op.OnCommitted(committed.Checkpoint);
                OnCommitted(committed.Checkpoint);
                continue;
            }

            if (command is SubtaskCommand.Abort abort && _snapshot?.Checkpoint == abort.Checkpoint)
                AbandonSnapshot();
            OnCommand(command);
        }

        return any;
    }

    /// <summary>Each operator is asked, also behind one that has no room: asking is what moves along what waits for some.</summary>
    private bool TryMakeRoom()
    {
        foreach (IKnowsFates op in _knowFates)
        {
            long committed = Volatile.Read(ref _committed);
            op.OnFates(committed, Math.Max(committed, Volatile.Read(ref _aborted)), isAwaited: _snapshot is not null);
        }

        bool room = true;
        foreach (ChainOperator op in Operators)
            room &= op.TryMakeRoom();
        return room;
    }

    /// <summary>No room: whoever makes some wakes the subtask, and a timer that is due has to wait as well.</summary>
    private StepResult Blocked(bool worked)
    {
        _wasBlocked = true;
        WakeAtMs = NextLookMs;
        return worked ? StepResult.Worked : StepResult.Idle;
    }

    /// <summary>While nothing could be read, nobody can have been idle.</summary>
    private void ResumeIdleClocks()
    {
        if (!_wasBlocked)
            return;
        _wasBlocked = false;
        foreach (ChainOperator op in Operators)
            (op as WatermarkTracker)?.StartIdleClock();
    }

    /// <summary>Carries watermarks down the chain; an operator with much to fire takes several calls.</summary>
    private bool Settle()
    {
        _settled = false;
        foreach (ChainOperator op in Operators)
        {
            long watermark = op.Upstream?.WatermarkOut ?? HeadWatermark;
            bool idle = op.Upstream?.IsIdle ?? HeadIdle;
            if (!op.AdvanceWatermark(Math.Max(watermark, op.WatermarkIn), idle))
                return false;
        }

        return _settled = true;
    }

    private bool FireTimers(long now)
    {
        if (NextWakeUp() > now)
            return true;
        signals.Passed(now);
        bool done = true;
        foreach (ChainOperator op in Operators)
        {
            if (op.NextProcessingTime <= now)
            {
                done &= op.FireProcessingTime(now);
                _flushed = false;
            }
        }

        WakeAtMs = now;
        if (!done || !Settle())
            return false;
        WakeAtMs = NextWakeUp();
        return true;
    }

    /// <summary>Nothing is there: hands on what is buffered, and says when to be called again.</summary>
    private bool Rest(long now)
    {
        bool flushes = !_flushed;
        if (flushes)
        {
            foreach (ChainOperator op in Operators)
                op.Flush();
            _flushed = true;
        }

        WakeAtMs = NextWakeUp();
        return flushes || WakeAtMs <= now;
    }

    private long NextWakeUp()
    {
        long next = Math.Min(signals.WakeAtMs, NextLookMs);
        foreach (ChainOperator op in Operators)
            next = Math.Min(next, op.NextProcessingTime);
        return next;
    }

    /// <summary>The end of all input: the last watermark, then the end of each output.</summary>
    private void End()
    {
        HeadWatermark = ChainOperator.EndOfTime;
        HeadIdle = false;
        if (!Settle())
            return;
        FreezePostponed();
        foreach (ChainOperator op in Operators)
            op.OnEndOfInput();
        _ended = true;
        WakeAtMs = long.MaxValue;
        reports.Ended(this);
    }

    private bool WriteSlice()
    {
        if (_snapshot is not { } snapshot || PostponedFreeze is not null || snapshot.IsBackedUp)
            return false;
        if (_written)
            return TryCompleteSnapshot(snapshot);
        long started = Run.Time.GetTimestamp();
        bool done = true;
        foreach (ChainOperator op in Operators)
        {
            if (!op.WriteSlice(snapshot, _slice.Entries))
            {
                done = false;
                break;
            }
        }

        double elapsedMs = Run.Time.GetElapsedTime(started).TotalMilliseconds;
        _slice.Took(elapsedMs);
        snapshot.Times.PauseMs = Math.Max(snapshot.Times.PauseMs, elapsedMs);
        snapshot.Times.BusyMs += elapsedMs;
        _written = done;
        if (done)
            TryCompleteSnapshot(snapshot);
        return true;
    }

    private bool TryCompleteSnapshot(SubtaskSnapshot snapshot)
    {
        if (!HasCopied)
            return false;
        CompleteSnapshot(snapshot);
        return true;
    }

    /// <summary>The next barrier has come before the last snapshot is written: the rest is written now.</summary>
    private void FinishSnapshot()
    {
        FreezePostponed();
        if (_snapshot is not { } snapshot)
            return;
        foreach (ChainOperator op in Operators)
        {
            while (!_written && !op.WriteSlice(snapshot, _slice.Entries))
            {
            }
        }

        Invariant.Holds(HasCopied, "a newer barrier is passed only when nothing in front of the one before is in flight any more");
        CompleteSnapshot(snapshot);
    }

    private void CompleteSnapshot(SubtaskSnapshot snapshot)
    {
        snapshot.Times.SnapshotMs = Run.Time.GetElapsedTime(_snapshotStarted).TotalMilliseconds;
        _snapshot = null;
        reports.SnapshotWritten(this, snapshot);
    }

    private void AbandonSnapshot()
    {
        foreach (ChainOperator op in Operators)
            op.AbandonSnapshot();
        PostponedFreeze = null;
        _snapshot = null;
    }
}

/// <summary>What the coordinator tells a subtask.</summary>
internal abstract record SubtaskCommand
{
    /// <summary>To sources: put a barrier into the outputs.</summary>
    public sealed record Trigger(long Generation, long Checkpoint, CheckpointKind Kind) : SubtaskCommand;

    /// <summary>The checkpoint will not be.</summary>
    public sealed record Abort(long Checkpoint) : SubtaskCommand;

    /// <summary>The checkpoint is committed and its output visible.</summary>
    public sealed record Committed(long Checkpoint) : SubtaskCommand;

    /// <summary>To sources: read nothing more, as if all input had come.</summary>
    public sealed record Drain : SubtaskCommand;
}

/// <summary>What a subtask tells the coordinator; called from whatever thread is in its step.</summary>
internal interface ISubtaskReports
{
    ISnapshotSink OpenSnapshot(Subtask subtask, long checkpoint);

    void SnapshotWritten(Subtask subtask, SubtaskSnapshot snapshot);

    void Declined(Subtask subtask, long checkpoint, string reason);

    void Ended(Subtask subtask);

    void Failed(Subtask subtask, Exception error);
}
