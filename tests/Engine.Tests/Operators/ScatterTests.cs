using System.Globalization;
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
    public void A_key_of_text_goes_with_its_record_and_so_does_its_hash() => SendAndReadKeys(s => s.Split(' ')[0]);

    [Fact]
    public void A_key_of_one_number_goes_with_its_record() => SendAndReadKeys(s => long.Parse(s.Split(' ')[0], CultureInfo.InvariantCulture));

    [Fact]
    public void A_key_of_several_members_goes_with_its_record() => SendAndReadKeys(s => (s.Split(' ')[0], s.Length));

    // All but one a batch of what is read is as it was sent; the one is asked about again.
    private static void SendAndReadKeys<TKey>(Func<string, TKey> key)
    {
        int calls = 0;
        var extractor = new KeyExtractor<string, TKey, ByValue<string, TKey>>(new(s =>
        {
            calls++;
            return key(s);
        }));
        Channel<string>[] channels = [new(50) { ReusesOne = true }, new(50) { ReusesOne = true }, new(50) { KeysGoAlong = false }];
        var output = new ScatterOutput<string>(channels, Groups) { Name = "channels" };
        var keys = new BatchKeys<string, TKey>(extractor, "counts", 16);
        int read = 0, batches = 0;
        foreach (Channel<string> channel in channels)
        {
            channel.OnSent = sent =>
            {
                batches++;
                Assert.Equal(channel.TakesKeys, sent.Keys is not null);
                int before = calls;
                for (int from = 0; from < sent.Count; from += 16)
                {
                    keys.Read(sent, from, Math.Min(16, sent.Count - from), out ReadOnlySpan<TKey> found, out ReadOnlySpan<ulong> hashes);
                    for (int i = 0; i < found.Length; i++, read++)
                    {
                        Assert.Equal(key(sent.Records[from + i]), found[i]);
                        Assert.Equal(KeyTraits<TKey>.Hash(in found[i]), hashes[i]);
                    }
                }

                Assert.Equal(before + (channel.TakesKeys ? 1 : sent.Count), calls);
            };
        }

        var receiver = new KeyedScatterReceiver<string, TKey>(extractor, output);
        for (int part = 0; part < 3; part++)
        {
            var batch = new Batch<string>(400);
            for (int i = 0; i < 400; i++)
                batch.Add($"{(part + i) * i % 37} {i}");
            receiver.OnBatch(batch);
        }

        output.Flush();
        Assert.Equal(1200, read);
        Assert.True(batches > 20 && channels.All(channel => channel.Sent.Count > 3));
    }

    [Fact]
    public void A_key_function_that_does_not_always_say_the_same_is_an_error_that_says_so()
    {
        int calls = 0;
        var extractor = new KeyExtractor<long, long, ByValue<long, long>>(new(_ => ++calls));
        Channel[] channels = [new(64), new(64)];
        var output = new ScatterOutput<long>(channels, Groups) { Name = "channels" };
        var batch = new Batch<long>(64);
        for (int i = 0; i < 40; i++)
            batch.Add(i);
        new KeyedScatterReceiver<long, long>(extractor, output).OnBatch(batch);
        output.Flush();

        var keys = new BatchKeys<long, long>(extractor, "counts", 16);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => keys.Read(channels[0].Batches[0], 0, 5, out _, out _));
        Assert.StartsWith("The key of a record to 'counts' was ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_changed_on_its_way_is_an_error_too()
    {
        var extractor = new KeyExtractor<Changing, Changing, ByValue<Changing, Changing>>(new(record => record));
        Channel<Changing>[] channels = [new(64), new(64)];
        var output = new ScatterOutput<Changing>(channels, Groups) { Name = "channels" };
        var batch = new Batch<Changing>(64);
        for (int i = 0; i < 40; i++)
            batch.Add(new Changing { Key = i });
        new KeyedScatterReceiver<Changing, Changing>(extractor, output).OnBatch(batch);
        output.Flush();

        Batch<Changing> sent = channels[0].Batches[0];
        var keys = new BatchKeys<Changing, Changing>(extractor, "counts", 16);
        keys.Read(sent, 0, 1, out _, out _);
        sent.Records[0].Key++;
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => keys.Read(sent, 0, 1, out _, out _));
        Assert.Contains("was another when it was sent and is Changing { Key = ", error.Message, StringComparison.Ordinal);
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

    private sealed record Changing
    {
        public int Key { get; set; }
    }

    private sealed class Channel(int capacity) : Channel<long>(capacity);

    private class Channel<T>(int capacity) : OutputChannel<T>
    {
        public List<Batch<T>> Batches { get; } = [];

        public List<T> Records { get; } = [];

        public List<long> Timestamps { get; } = [];

        public List<string> Sent { get; } = [];

        public Action<Batch<T>>? OnSent { get; set; }

        public bool KeysGoAlong { get; init; } = true;

        public override bool TryMakeRoom() => true;

        /// <summary>Whether batches come back with times of an earlier use.</summary>
        public bool RentsUsed { get; init; }

        /// <summary>Whether a batch is read as it is sent, and then the next one.</summary>
        public bool ReusesOne { get; init; }

        public override bool TakesKeys => KeysGoAlong;

        public override Batch<T> Rent()
        {
            if (ReusesOne && Batches is [var first, ..])
                return first;
            var batch = new Batch<T>(capacity);
            if (RentsUsed)
                batch.TimestampsToWrite().AsSpan().Fill(-1);
            batch.Reset();
            return batch;
        }

        public override void Send(Batch<T> batch)
        {
            Batches.Add(batch);
            OnSent?.Invoke(batch);
            Sent.Add($"{batch.Count} records");
            Records.AddRange(batch.Records);
            Timestamps.AddRange(batch.Timestamps);
            if (ReusesOne)
                batch.Reset();
        }

        public override void Send(MessageKind kind, long value) => Sent.Add($"{kind} {value}".ToLowerInvariant());

        public override void Push()
        {
        }
    }
}
