using Gristmill.GrainInterfaces;
using Gristmill.Runtime;

namespace Gristmill.Grains.Tests;

/// <summary>Both ends of a channel between silos, with barriers that overtake, and whatever calls between silos can come to.</summary>
public class OvertakingChannelTests
{
    private const int BatchSize = 1000;

    [Fact]
    public Task All_in_front_of_an_announced_barrier_can_be_seen_though_there_is_no_room() => InTurnsAsync(async () =>
    {
        var ends = new Ends(new Random(1), faults: 0);
        await ends.FillAsync();
        ends.SendBarrier(7);
        await ends.UntilAsync(() => ends.Announced.HasNews, "the notice");
        Assert.Equal([new BarrierAnnouncement(7, 7000)], ends.Announced.Read(0));

        // Without anybody who looks ahead, no more comes than there is room for.
        await Ends.IdleAsync();
        Assert.Equal(0, ends.BeyondRoom);
        Assert.Equal(ends.Sent, await ends.LookToAsync(7));
        Assert.InRange(ends.BeyondRoom, 1, 2);
        Assert.Empty(ends.Taken);
        await ends.TakeAllAsync();
        Assert.Equal(ends.Sent, ends.Taken);
        Assert.Equal([(7L, ends.Sent.Count)], ends.BarriersTaken);
    });

    [Fact]
    public Task However_many_barriers_overtake_the_channel_holds_no_more_and_goes_on_when_there_is_room() => InTurnsAsync(async () =>
    {
        var ends = new Ends(new Random(2), faults: 0);
        for (long checkpoint = 1; checkpoint <= 50; checkpoint++)
        {
            await ends.FillAsync();
            ends.SendBarrier(checkpoint);
            await ends.UntilAsync(() => ends.Announced.HasNews, "the notice");
            Assert.Equal(ends.Sent, await ends.LookToAsync(checkpoint));
        }

        Assert.InRange(ends.SentBytes, 1 << 20, 11 << 18);
        await ends.TakeAllAsync();
        await ends.UntilAsync(ends.Output.TryMakeRoom, "room");
        int before = ends.Sent.Count;
        await ends.FillAsync();
        Assert.True(ends.Sent.Count > before + 50_000);
        await ends.TakeAllAsync();
        Assert.Equal(ends.Sent, ends.Taken);
    });

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6)]
    public Task Calls_lost_doubled_late_or_unanswered_leave_each_record_in_the_copy_or_taken_once(int seed) => InTurnsAsync(async () =>
    {
        var random = new Random(seed);
        var ends = new Ends(random, faults: 20);
        for (long checkpoint = 1; checkpoint <= 20; checkpoint++)
        {
            for (int more = random.Next(40); more > 0 && ends.Output.TryMakeRoom(); more--)
                ends.SendBatch();
            if (random.Next(3) == 0)
                await ends.FillAsync();
            ends.SendBarrier(checkpoint);
            await ends.UntilAsync(() => ends.Announced.Read(checkpoint - 1).Count != 0, "the notice");
            for (int some = random.Next(10); some > 0; some--)
                ends.Take();
            if (ends.BarriersTaken.Exists(barrier => barrier.Checkpoint == checkpoint))
                continue;

            // As a subtask does it: what was looked at may be taken meanwhile, the rest may not.
            int taken = ends.Taken.Count;
            Assert.Equal(ends.Sent.Skip(taken), await ends.LookToAsync(checkpoint, takeOneIn: 3));
            for (int some = random.Next(200); some > 0; some--)
                ends.Take();
        }

        await ends.TakeAllAsync();
        Assert.Equal(ends.Sent, ends.Taken);
        Assert.Equal(ends.BarriersSent, ends.BarriersTaken);
    });

    /// <summary>One turn at a time, as in a grain.</summary>
    private static Task InTurnsAsync(Func<Task> test)
        => Task.Factory.StartNew(test, CancellationToken.None, TaskCreationOptions.DenyChildAttach, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();

    /// <summary>A channel's ends and what went through them.</summary>
    private sealed class Ends : IWaker
    {
        private readonly SiloChannels _local = new();
        private readonly RemoteInput<long> _input;
        private readonly FaultyGrain _grain;
        private readonly Random _random;
        private Exception? _failed;
        private long _next;

        public Ends(Random random, int faults)
        {
            _random = random;
            var wiring = new Wiring(
                "job", 1, 0, SiloAddress.Zero, null!, new GristmillOptions { BatchSize = BatchSize }, _local, this, TimeProvider.System, error => _failed = error);
            _input = new RemoteInput<long>(wiring);
            _input.Announce(Announced);
            _grain = new FaultyGrain(_input, random, faults);
            Output = new RemoteOutput<long>(default, _grain, "target", wiring);
        }

        public RemoteOutput<long> Output { get; }

        public BarrierAnnouncements Announced { get; } = new();

        public List<long> Sent { get; } = [];

        public List<long> Taken { get; } = [];

        public List<(long Checkpoint, int After)> BarriersSent { get; } = [];

        public List<(long Checkpoint, int After)> BarriersTaken { get; } = [];

        public long SentBytes => _local.SentBytes;

        /// <summary>Calls that were let in though there was no room.</summary>
        public int BeyondRoom => _grain.BeyondRoom;

        public void Wake()
        {
        }

        public void SendBatch()
        {
            Batch<long> batch = Output.Rent();
            while (!batch.IsFull)
            {
                Sent.Add(long.MaxValue - _next);
                batch.Add(long.MaxValue - _next++);
            }

            Output.Send(batch);
        }

        public void SendBarrier(long checkpoint)
        {
            BarriersSent.Add((checkpoint, Sent.Count));
            Output.SendBarrier(checkpoint, checkpoint * 1000);
            Output.Push();
        }

        public async Task FillAsync()
        {
            for (int full = 0; full < 100; await Task.Yield())
            {
                if (!Output.TryMakeRoom())
                    full++;
                else
                    SendBatch();
            }
        }

        public bool Take()
        {
            MessageKind kind = _input.TryReceive(out Batch<long>? batch, out long value);
            if (kind == MessageKind.Barrier)
                BarriersTaken.Add((value, Taken.Count));
            if (batch is not null)
            {
                Taken.AddRange(batch.Records);
                _input.Return(batch);
            }

            return kind != MessageKind.None;
        }

        public Task TakeAllAsync() => UntilAsync(() => !Take() && Taken.Count == Sent.Count && BarriersTaken.Count == BarriersSent.Count, "all that was sent");

        /// <summary>What is in front of a barrier.</summary>
        public async Task<List<long>> LookToAsync(long checkpoint, int takeOneIn = int.MaxValue)
        {
            var seen = new List<long>();
            int ahead = 0;
            await UntilAsync(() =>
            {
                while (_input.TryLookAhead(ahead, out Batch<long>? batch, out long value) is not MessageKind.None and { } kind)
                {
                    ahead++;
                    if (kind == MessageKind.Barrier && value == checkpoint)
                        return true;
                    if (batch is not null)
                        seen.AddRange(batch.Records);
                    if (_random.Next(takeOneIn) == 0 && takeOneIn != int.MaxValue && Take())
                        ahead--;
                }

                return false;
            }, $"barrier {checkpoint}");
            return seen;
        }

        public static async Task IdleAsync()
        {
            for (int i = 0; i < 1000; i++)
                await Task.Yield();
        }

        public async Task UntilAsync(Func<bool> condition, string what)
        {
            long started = TimeProvider.System.GetTimestamp();
            while (!condition())
            {
                Assert.Null(_failed);
                if (TimeProvider.System.GetElapsedTime(started) > Cluster.Bound)
                    Assert.Fail($"{what} did not come within {Cluster.Bound}");
                await Task.Delay(1);
            }
        }
    }

    /// <summary>Calls to the receiving end, some of which get lost, come late or twice, or have their answer lost.</summary>
    private sealed class FaultyGrain(RemoteInput<long> input, Random random, int faults) : IOperatorGrain
    {
        private readonly bool _isFaulty = faults != 0;
        private int _left = faults;

        public int BeyondRoom { get; private set; }

        public Task<Delivery> DeliverAsync(ChannelMessages messages) => CallAsync(() => input.TakeAsync(messages.Sequence, messages.Payload));

        public Task<Delivery> AnnounceAsync(BarrierNotice notice) => CallAsync(() => Task.FromResult(input.Announced(notice)));

        public Task<Preparation> PrepareAsync(SubtaskSetup setup) => throw new NotSupportedException();

        public Task BeginAsync(IReadOnlyList<string> keys, IReadOnlyList<SiloAddress> silos) => throw new NotSupportedException();

        public Task CommandAsync(NodeCommand command) => throw new NotSupportedException();

        public Task<SubtaskPulse> PingAsync() => throw new NotSupportedException();

        public Task<StateReply> QueryAsync(StateRequest request) => throw new NotSupportedException();

        public Task CloseAsync() => throw new NotSupportedException();

        private async Task<Delivery> CallAsync(Func<Task<Delivery>> call)
        {
            for (int late = _isFaulty ? random.Next(1, 50) : 1; late > 0; late--)
                await Task.Yield();
            switch (_left > 0 ? random.Next(8) : -1)
            {
                case 0:
                    _left--;
                    throw new TimeoutException("The call is lost.");
                case 1:
                    _left--;
                    await call();
                    throw new TimeoutException("The answer is lost.");
                case 2:
                    _left--;
                    _ = AgainAsync(call);
                    break;
            }

            Delivery answer = await call();
            BeyondRoom += answer == Delivery.TakenBeyondRoom ? 1 : 0;
            return answer;
        }

        private async Task AgainAsync(Func<Task<Delivery>> call)
        {
            for (int late = random.Next(50); late > 0; late--)
                await Task.Yield();
            try
            {
                await call();
            }
            catch (InvalidOperationException)
            {
                // It has come before the one in front of it, which it can only where it was sent twice.
            }
        }
    }
}
