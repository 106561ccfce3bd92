using Gristmill.Codec;
using Gristmill.GrainInterfaces;
using Gristmill.Jobs;
using Gristmill.Runtime;

namespace Gristmill.Grains;

/// <summary>
/// The sending end of a channel to another silo. What is sent meanwhile goes with the next call, so a slow call carries
/// more; one call is under way at a time, and it is numbered, so that it can be made again. Runs in its grain's turns.
/// </summary>
internal sealed class RemoteOutput<T>(ChannelKey channel, IOperatorGrain target, string targetLabel, Wiring wiring) : OutputChannel<T>
{
    /// <summary>Above this, the sender waits.</summary>
    private const int MostPending = 512 << 10;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>A receiver without room answers within 5 s; who says nothing for this long has not got it, or its answer is lost.</summary>
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(20);

    private readonly ByteWriter _pending = new(64 << 10);
    private readonly Codec<T> _codec = Codecs.For<T>();
    private readonly CancellationTokenSource _closed = new();
    private Batch<T>? _spare;
    private long _sequence;
    private bool _calling;

    public override bool TryMakeRoom()
    {
        Pump();
        return _pending.Length < MostPending;
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

    public override void Push() => Pump();

    public void Close() => _closed.Cancel();

    private async void Pump()
    {
        if (_calling || _pending.Length == 0)
            return;
        _calling = true;
        try
        {
            while (_pending.Length != 0 && !_closed.IsCancellationRequested)
            {
                byte[] payload = _pending.ToArray();
                _pending.Clear();
                await CallAsync(new ChannelMessages(channel, ++_sequence, payload));
                wiring.Waker.Wake();
            }
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            // Nobody waits for it any more.
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            wiring.Failed(new NodeLostException($"Subtask {targetLabel}, at the other end of a channel, does not answer: {e.Message}", e));
        }
        catch (Exception e)
        {
            wiring.Failed(e);
        }
        finally
        {
            _calling = false;
        }
    }

    private async Task CallAsync(ChannelMessages messages)
    {
        long started = wiring.Time.GetTimestamp();
        while (true)
        {
            _closed.Token.ThrowIfCancellationRequested();
            try
            {
                switch (await target.DeliverAsync(messages).WaitAsync(LongestCall, wiring.Time, _closed.Token))
                {
                    case Delivery.Taken:
                        return;
                    case Delivery.NoRoom:
                        started = wiring.Time.GetTimestamp();
                        continue;
                    default:
                        throw new NodeLostException($"Subtask {targetLabel}, at the other end of a channel, is gone.");
                }
            }
            catch (Exception e) when (e is OrleansException or TimeoutException && wiring.Time.GetElapsedTime(started) < GiveUpAfter)
            {
                await Task.Delay(RetryAfter, wiring.Time, _closed.Token);
            }
        }
    }
}
