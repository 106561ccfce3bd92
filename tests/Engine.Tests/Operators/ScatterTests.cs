using Gristmill.Codec;
using Gristmill.Operators;
using Gristmill.Runtime;
using Gristmill.State;

namespace Gristmill.Engine.Tests.Operators;

/// <summary>The sending end of an exchange, looked at channel by channel.</summary>
public sealed class ScatterTests
{
    private const int Groups = 256;

    // Batches smaller and larger than a mask and than a part, and such that runs of one target meet the end of a batch.
    [Theory]
    [InlineData(1, 1, 7), InlineData(2, 1, 100), InlineData(2, 31, 1000), InlineData(2, 1024, 1024), InlineData(3, 32, 333)]
    [InlineData(5, 100, 2000), InlineData(64, 256, 3000), InlineData(256, 40, 3000)]
    public void Every_record_comes_once_to_the_owner_of_its_key_in_the_order_it_was_sent(int targets, int capacity, int records)
    {
        var random = new Random(targets * 1000 + capacity);
        Channel[] channels = [.. Enumerable.Range(0, targets).Select(_ => new Channel(capacity))];
        var output = new ScatterOutput<long>(channels, Groups) { Name = "channels" };
        var receiver = new KeyedScatterReceiver<long, long>(new KeyExtractor<long, long, ByReference<long, long>>(new((in n) => n / 1000)), output);
        var expected = new List<long>();
        for (int sent = 0; sent < records; sent++)
        {
            // A run of one key now and then, so that whole masks have one target.
            long key = sent % 300 < 150 ? random.Next(50) : 7;
            expected.Add(key * 1000 + sent % 1000);
        }

        foreach (long[] part in expected.Chunk(capacity))
        {
            var batch = new Batch<long>(capacity);
            foreach (long record in part)
            {
                batch.TimestampsToWrite()[batch.Filled] = record + 5;
                batch.Add(record);
            }

            receiver.OnBatch(batch);
        }

        output.Flush();
        for (int target = 0; target < targets; target++)
        {
            List<long> own = [.. expected.Where(record => Owner(record / 1000, targets) == target)];
            Assert.Equal(own, channels[target].Records);
            Assert.Equal(own.Select(record => record + 5), channels[target].Timestamps);
        }
    }

    [Fact]
    public void What_is_nearly_full_is_sent_and_the_rest_waits_for_more_input()
    {
        Channel[] channels = [new(64), new(64)];
        var output = new ScatterOutput<long>(channels, Groups) { Name = "channels" };
        var receiver = new KeyedScatterReceiver<long, long>(new KeyExtractor<long, long, ByReference<long, long>>(new((in n) => n)), output);
        long often = Enumerable.Range(0, 100).First(key => Owner(key, 2) == 0);
        long seldom = Enumerable.Range(0, 100).First(key => Owner(key, 2) == 1);
        var batch = new Batch<long>(64);
        for (int i = 0; i < 64; i++)
            batch.Add(i < 60 ? often : seldom);

        receiver.OnBatch(batch);
        Assert.Equal(60, channels[0].Records.Count);
        Assert.Empty(channels[1].Records);

        for (int input = 0; input < 4; input++)
            output.AdvanceWatermark(input, idle: false);
        Assert.Equal(4, channels[1].Records.Count);
    }

    [Fact]
    public void A_watermark_goes_behind_its_records_and_also_where_nothing_came_of_the_inputs()
    {
        Channel[] channels = [new(64), new(64)];
        var output = new ScatterOutput<long>(channels, Groups) { Name = "channels" };
        var receiver = new KeyedScatterReceiver<long, long>(new KeyExtractor<long, long, ByReference<long, long>>(new((in n) => n)), output);
        var batch = new Batch<long>(64);
        for (int i = 0; i < 20; i++)
            batch.Add(i);

        receiver.OnBatch(batch);
        for (int input = 1; input <= 4; input++)
            output.AdvanceWatermark(input * 100, idle: false);
        foreach (Channel channel in channels)
            Assert.Equal([$"{channel.Records.Count} records", "watermark 400"], channel.Sent);
        Assert.Equal(20, channels.Sum(channel => channel.Records.Count));

        // A filter drops all: no batch comes here, the watermark must.
        for (int input = 5; input <= 8; input++)
            output.AdvanceWatermark(input * 100, idle: false);
        foreach (Channel channel in channels)
            Assert.Equal("watermark 800", channel.Sent[^1]);
    }

    [Fact]
    public void The_key_and_its_hash_go_with_a_record_and_the_receiver_reads_what_the_key_function_would_say()
    {
        Channel<string>[] channels = [new(50), new(50), new(50)];
        var output = new ScatterOutput<string>(channels, Groups) { Name = "channels" };
        int calls = 0;
        var extractor = new KeyExtractor<string, string, ByReference<string, string>>(new((in s) =>
        {
            calls++;
            return s.Split(' ')[0];
        }));
        var receiver = new KeyedScatterReceiver<string, string>(extractor, output);
        var batch = new Batch<string>(400);
        for (int i = 0; i < 400; i++)
            batch.Add($"{i * i % 37} {i}");
        receiver.OnBatch(batch);
        output.Flush();
        Assert.Equal(400, calls);

        var keys = new BatchKeys<string, string>(extractor, 16);
        int read = 0;
        foreach (Batch<string> sent in channels.SelectMany(channel => channel.Batches))
        {
            for (int from = 0; from < sent.Count; from += 16)
            {
                keys.Read(sent, from, Math.Min(16, sent.Count - from), out ReadOnlySpan<string> found, out ReadOnlySpan<ulong> hashes);
                for (int i = 0; i < found.Length; i++, read++)
                {
                    Assert.Equal(sent.Records[from + i].Split(' ')[0], found[i]);
                    Assert.Equal(KeyTraits<string>.Hash(in found[i]), hashes[i]);
                }
            }
        }

        Assert.Equal(400, read);
        Assert.Equal(400, calls);

        // Without an exchange, or from another process, the function is asked.
        keys.Read(batch, 32, 16, out ReadOnlySpan<string> own, out ReadOnlySpan<ulong> ownHashes);
        Assert.Equal(416, calls);
        Assert.Equal(batch.Records[33].Split(' ')[0], own[1]);
        Assert.Equal(KeyTraits<string>.Hash(in own[15]), ownHashes[15]);
    }

    [Theory]
    [InlineData(1, false), InlineData(1, true), InlineData(2, false), InlineData(2, true)]
    public void Times_are_copied_where_there_are_any_and_are_0_elsewhere(int targets, bool intoUsedBatches)
    {
        Channel[] channels = [.. Enumerable.Range(0, targets).Select(_ => new Channel(64) { RentsUsed = intoUsedBatches })];
        var output = new ScatterOutput<long>(channels, Groups) { Name = "channels" };
        var receiver = new KeyedScatterReceiver<long, long>(new KeyExtractor<long, long, ByReference<long, long>>(new((in n) => n)), output);
        foreach (long time in new[] { 0, 70, 0 })
        {
            var batch = new Batch<long>(20);
            for (int i = 0; i < 20; i++)
            {
                if (time != 0)
                    batch.TimestampsToWrite()[i] = time + i;
                batch.Add(time + i);
            }

            receiver.OnBatch(batch);
        }

        output.Flush();
        foreach (Channel channel in channels)
            Assert.Equal(channel.Records.Select(record => record < 70 ? 0 : record), channel.Timestamps);
        Assert.Equal(60, channels.Sum(channel => channel.Records.Count));
    }

    private static int Owner(long key, int targets) => KeyGroups.Owner(KeyGroups.Of(KeyTraits<long>.Hash(in key), Groups), Groups, targets);

    private sealed class Channel(int capacity) : Channel<long>(capacity);

    private class Channel<T>(int capacity) : OutputChannel<T>
    {
        public List<Batch<T>> Batches { get; } = [];

        public List<T> Records { get; } = [];

        public List<long> Timestamps { get; } = [];

        public List<string> Sent { get; } = [];

        public override bool TryMakeRoom() => true;

        /// <summary>Whether batches come back with times of an earlier use.</summary>
        public bool RentsUsed { get; init; }

        public override Batch<T> Rent()
        {
            var batch = new Batch<T>(capacity);
            if (RentsUsed)
                batch.TimestampsToWrite().AsSpan().Fill(-1);
            return batch;
        }

        public override void Send(Batch<T> batch)
        {
            Batches.Add(batch);
            Sent.Add($"{batch.Count} records");
            Records.AddRange(batch.Records);
            Timestamps.AddRange(batch.Timestamps);
        }

        public override void Send(MessageKind kind, long value) => Sent.Add($"{kind} {value}".ToLowerInvariant());

        public override void Push()
        {
        }
    }
}
