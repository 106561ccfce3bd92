using Gristmill.Codec;
using Gristmill.GrainInterfaces;
using Gristmill.Runtime;

namespace Gristmill.Grains.Tests;

/// <summary>The receiving end of a channel between silos.</summary>
public class ChannelTests
{
    [Fact]
    public async Task Messages_that_come_twice_are_taken_once()
    {
        RemoteInput<long> input = Open();
        byte[] payload = Payload(1, 2, 3);
        Assert.Equal(Delivery.Taken, await input.TakeAsync(1, payload));
        Assert.Equal(Delivery.Taken, await input.TakeAsync(1, payload));
        Assert.Equal(Delivery.Taken, await input.TakeAsync(2, Payload(4)));
        Assert.Equal([1, 2, 3, 4], Read(input));
    }

    [Fact]
    public async Task A_sender_waits_while_a_megabyte_is_unread()
    {
        RemoteInput<long> input = Open();
        long[] many = [.. Enumerable.Repeat(long.MaxValue, 60_000)];
        long sequence = 0;
        Task<Delivery> call;
        while ((call = input.TakeAsync(++sequence, Payload(many))).IsCompleted)
            Assert.InRange(sequence, 1, 10);
        Assert.Equal(many.Length, Read(input, batches: 1).Count);
        Assert.Equal(Delivery.Taken, await call);
        Assert.Equal((sequence - 1) * many.Length, Read(input).Count);
    }

    [Fact]
    public async Task An_end_that_is_closed_says_so()
    {
        RemoteInput<long> input = Open();
        input.Close();
        Assert.Equal(Delivery.Gone, await input.TakeAsync(1, Payload(1)));
    }

    [Fact]
    public async Task Messages_out_of_turn_are_an_error()
        => await Assert.ThrowsAsync<InvalidOperationException>(() => Open().TakeAsync(2, Payload(1)));

    private static RemoteInput<long> Open() => new(new Wiring(
        "job", 1, 0, SiloAddress.Zero, null!, new GristmillOptions { BatchSize = 65_536 }, new SiloChannels(), new NoWaker(), TimeProvider.System, _ => { }));

    private static byte[] Payload(params long[] records)
    {
        var batch = new Batch<long>(Math.Max(1, records.Length));
        records.CopyTo(batch.Unfilled);
        batch.Advance(records.Length);
        var writer = new ByteWriter();
        ChannelFrames.Write(writer, batch, Codecs.For<long>());
        return writer.ToArray();
    }

    private static List<long> Read(RemoteInput<long> input, int batches = int.MaxValue)
    {
        var records = new List<long>();
        for (int i = 0; i < batches && input.TryReceive(out Batch<long>? batch, out _) == MessageKind.Batch; i++)
        {
            records.AddRange(batch!.Records);
            input.Return(batch);
        }

        return records;
    }

    private sealed class NoWaker : IWaker
    {
        public void Wake()
        {
        }
    }
}
