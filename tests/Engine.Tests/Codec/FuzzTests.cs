using Gristmill.Codec;

namespace Gristmill.Engine.Tests.Codec;

/// <summary>Whatever the bytes are: a value, or <see cref="CorruptDataException"/>; and memory in proportion to the bytes.</summary>
public class FuzzTests
{
    private static readonly int Rounds = Math.Max(5_000, Fuzzing.Rounds);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_bytes_are_read_or_refused(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            // Mostly small numbers: they look like counts and flags, and lead further in.
            if (i % 2 == 0)
                for (var j = 0; j < bytes.Length; j++)
                    bytes[j] &= 3;
            TryAll(bytes);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Damaged_values_are_read_or_refused(int seed)
    {
        var random = new Random(seed);
        var valid = Coding.Encode(Everything.Sample);
        for (var i = 0; i < Rounds; i++)
            TryAll(Damage(valid, random));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Damaged_schemas_are_read_or_refused_and_values_read_by_them(int seed)
    {
        var random = new Random(seed);
        var writer = new ByteWriter();
        Codecs.For<Everything>().Schema.WriteTo(writer);
        var (schema, value) = (writer.ToArray(), Coding.Encode(Everything.Sample));
        for (var i = 0; i < Rounds; i++)
            TrySchema(Damage(schema, random), value);
    }

    [Fact]
    public void A_schema_of_random_parts_is_read_or_refused()
    {
        var random = new Random(7);
        byte[] kinds = [1, 8, 17, 32, 33, 34, 35, 36, 36, 63];
        for (var i = 0; i < Rounds; i++)
        {
            byte[] bytes = [1, .. Enumerable.Range(0, 60).Select(_ => random.Next(2) == 0 ? kinds[random.Next(kinds.Length)] : (byte)random.Next(4))];
            TrySchema(bytes, Enumerable.Repeat<byte>(1, 100).ToArray());
        }
    }

    [Fact]
    public void Schemas_made_to_grow_the_stack_or_the_work_are_refused_or_bounded()
    {
        TrySchema([1, .. Enumerable.Repeat((byte)SchemaKind.List, 100_000)], []);
        TrySchema(Chain(20_000, nullable: true), Enumerable.Repeat<byte>(1, 30_000).ToArray());
        TrySchema(Chain(20_000, nullable: false), Enumerable.Repeat<byte>(1, 30_000).ToArray());
    }

    [Fact]
    public void Counts_within_each_other_take_no_room_each_on_their_word()
    {
        var writer = new ByteWriter();
        for (var level = 0; level < 900; level++)
        {
            writer.WriteByte(1);
            writer.WriteString("");
            writer.WriteVarUInt(150_000);
        }
        writer.WriteBytes(new byte[200_000]);
        var bytes = writer.ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Attempt(() =>
        {
            var reader = new ByteReader(bytes);
            Codecs.For<Tree>().Read(ref reader);
        });
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100L * bytes.Length);
    }

    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(5_000)]
    public void Collections_of_any_length_are_read_whole(int count)
    {
        var words = Enumerable.Range(0, count).Select(i => $"word {i}").ToList();
        Assert.Equal(words, Coding.RoundTrip(words));
        Assert.Equal(words, Coding.RoundTrip(words.ToArray()));
        Assert.Equal(words, Coding.RoundTrip(new Queue<string>(words)));
        Assert.Equal(words.ToHashSet(), Coding.RoundTrip(words.ToHashSet()));
        Assert.Equal(words.ToDictionary(word => word), Coding.RoundTrip(words.ToDictionary(word => word)));
        Assert.Equal(Enumerable.Range(0, count), Coding.RoundTrip(Enumerable.Range(0, count).ToList()));
    }

    /// <summary>Records 1 to n, each with two fields of the one before: doubling with each step, or as deep as long.</summary>
    private static byte[] Chain(int length, bool nullable)
    {
        var writer = new ByteWriter();
        writer.WriteBytes([1, (byte)SchemaKind.Record]);
        writer.WriteString("Root");
        writer.WriteVarUInt((ulong)length);
        for (var i = 1; i <= length; i++)
        {
            writer.WriteString($"f{i}");
            writer.WriteByte((byte)SchemaKind.Record);
            writer.WriteString("Node");
            writer.WriteVarUInt(i == 1 ? 0UL : 2);
            foreach (var name in i == 1 ? [] : new[] { "Next", "Other" })
            {
                writer.WriteString(name);
                if (nullable)
                    writer.WriteByte((byte)SchemaKind.Nullable);
                writer.WriteByte(63);
                writer.WriteVarUInt((ulong)i - 1);
            }
        }
        return writer.ToArray();
    }

    private static byte[] Damage(byte[] valid, Random random)
    {
        var bytes = valid[..(random.Next(4) == 0 ? random.Next(valid.Length) : valid.Length)];
        for (var flips = random.Next(1, 5); flips > 0 && bytes.Length > 0; flips--)
            bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : random.Next(4));
        return bytes;
    }

    private static void TryAll(byte[] bytes)
    {
        Try<Everything>(bytes);
        Try<Order>(bytes);
        Try<Tree>(bytes);
        Try<Branch>(bytes);
        Try<Dictionary<string, (Guid, decimal?)>>(bytes);
        Try<HashSet<Address?>>(bytes);
        Try<Empty[][]>(bytes);
    }

    private static void Try<T>(byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Attempt(() =>
        {
            var reader = new ByteReader(bytes);
            Codecs.For<T>().Read(ref reader);
        });
        Attempt(() =>
        {
            var reader = new ByteReader(bytes);
            Codecs.For<T>().Schema.ReadValue(ref reader);
        });
        // An exception with its stack trace costs some; making the codec, the first time, more.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    private static void TrySchema(byte[] bytes, byte[] value) => Attempt(() =>
    {
        var reader = new ByteReader(bytes);
        var schema = Schema.ReadFrom(ref reader);
        Assert.NotEmpty(schema.ToString());
        Assert.Equal(schema, Coding.ThroughBytes(schema));
        Attempt(() =>
        {
            var values = new ByteReader(value);
            schema.ReadValue(ref values);
        });
        Attempt(() =>
        {
            var values = new ByteReader(value);
            schema.Skip(ref values);
        });
        Attempt(() =>
        {
            var values = new ByteReader(value);
            Codecs.For<Everything>(schema).Read(ref values);
        });
        Attempt(() => Codecs.For<Node>(Schema.Nullable(schema)));
    });

    private static void Attempt(Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is CorruptDataException or SchemaMismatchException)
        {
            Assert.NotEmpty(e.Message);
        }
    }
}
