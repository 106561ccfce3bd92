using Gristmill.Codec;
using Gristmill.GrainInterfaces;
using Gristmill.Jobs;
using Gristmill.Runtime;

namespace Gristmill.Grains;

/// <summary>
/// The sending end of a channel to another silo. What is sent meanwhile goes with the next call, so a slow call carries
/// more; one call is under way at a time, and it is numbered, so that it can be made again. A barrier that may overtake is
/// announced by a call of its own, upon which the receiver takes what is in front of it without having room; that counts as
/// unsent here until there is room, so however many barriers overtake, a channel holds no more. Runs in its grain's turns.
/// </summary>
internal sealed class RemoteOutput<T>(ChannelKey channel, IOperatorGrain target, string targetLabel, Wiring wiring) : OutputChannel<T>
{
    /// <summary>Above this, the sender waits.</summary>
    private const int MostPending = 512 << 10;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>A receiver without room answers within 5 s; who says nothing for this long has not got it, or its answer is lost.</summary>
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(10);

    /// <summary>A notice is answered at once.</summary>
    private static readonly TimeSpan LongestNotice = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(20);

    private readonly ByteWriter _pending = new(64 << 10);
    private readonly Codec<T> _codec = Codecs.For<T>();
    private readonly CancellationTokenSource _closed = new();
    private Batch<T>? _spare;
    private long _sequence;
    private long _beyondRoom;
    private bool _calling;

    /// <summary>A key is as soon found again as sent.</summary>
    public override bool TakesKeys => false;

    public override bool TryMakeRoom()
    {
        Pump();
        return _pending.Length + _beyondRoom < MostPending;
    }

    public override Batch<T> Rent()
    {
        Batch<T> batch = _spare ?? new Batch<T>(wiring.Options.BatchSize);
        _spare = null;
        return batch;
    }

    public override void Send(Batch<T> batch)
    {
        int before = _pending.Length;
        ChannelFrames.Write(_pending, batch, _codec);
        wiring.Local.Sent(_pending.Length - before, batch.Filled);
        batch.Reset();
        _spare = batch;
        Pump();
    }

    public override void Send(MessageKind kind, long value) => ChannelFrames.Write(_pending, kind, value);

    public override void SendBarrier(long checkpoint, long? sinceMs)
    {
        ChannelFrames.WriteBarrier(_pending, checkpoint, sinceMs);

        // All that is pending goes with one call, the next.
        if (sinceMs is { } since)
            Announce(new BarrierNotice(channel, checkpoint, since, _sequence + 1));
    }

    public override void Push() => Pump();

    public void Close() => _closed.Cancel();

    private async void Pump()
    {
        if (_calling || (_pending.Length == 0 && _beyondRoom == 0))
            return;
        _calling = true;
        try
        {
            while ((_pending.Length != 0 || _beyondRoom != 0) && !_closed.IsCancellationRequested)
            {
                await DeliverAsync();
                wiring.Waker.Wake();
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            _calling = false;
        }
    }

    private async void Announce(BarrierNotice notice)
    {
        try
        {
            await CallAsync(() => target.AnnounceAsync(notice), LongestNotice);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    /// <summary>Sends what is pending, or else asks for room.</summary>
    private async Task DeliverAsync()
    {
        byte[] payload = _pending.ToArray();
        _pending.Clear();
        var messages = new ChannelMessages(channel, payload.Length == 0 ? _sequence : ++_sequence, payload);
        Delivery answer;
        do
        {
            answer = await CallAsync(() => target.DeliverAsync(messages), LongestCall);
        }
        while (answer == Delivery.NoRoom && payload.Length != 0);
        if (answer == Delivery.Taken)
            _beyondRoom = 0;
        else if (answer == Delivery.TakenBeyondRoom)
            _beyondRoom += payload.Length;
    }

    private async Task<Delivery> CallAsync(Func<Task<Delivery>> call, TimeSpan within)
    {
        long started = wiring.Time.GetTimestamp();
        while (true)
        {
            _closed.Token.ThrowIfCancellationRequested();
            try
            {
                Delivery answer = await call().WaitAsync(within, wiring.Time, _closed.Token);
                return answer != Delivery.Gone ? answer : throw new NodeLostException($"Subtask {targetLabel}, at the other end of a channel, is gone.");
            }
            catch (Exception e) when (e is OrleansException or TimeoutException && wiring.Time.GetElapsedTime(started) < GiveUpAfter)
            {
                await Task.Delay(RetryAfter, wiring.Time, _closed.Token);
            }
        }
    }

    private void Fail(Exception error)
    {
        if (error is OperationCanceledException && _closed.IsCancellationRequested)
            return;
        wiring.Failed(error is OrleansException or TimeoutException
            ? new NodeLostException($"Subtask {targetLabel}, at the other end of a channel, does not answer: {error.Message}", error)
            : error);
    }
}
