using Gristmill.Codec;

namespace Gristmill.Engine.Tests.Codec;

public class ByteReaderTests
{
    [Theory]
    [InlineData(0UL, "00")]
    [InlineData(127UL, "7F")]
    [InlineData(128UL, "8001")]
    [InlineData(300UL, "AC02")]
    [InlineData(ulong.MaxValue, "FFFFFFFFFFFFFFFFFF01")]
    public void Variable_numbers_are_seven_bits_a_byte(ulong value, string hex)
    {
        var writer = new ByteWriter();
        writer.WriteVarUInt(value);
        Assert.Equal(hex, Convert.ToHexString(writer.Written));
        Assert.Equal(value, new ByteReader(writer.Written).ReadVarUInt());
    }

    [Theory]
    [InlineData(0L, "00")]
    [InlineData(-1L, "01")]
    [InlineData(1L, "02")]
    [InlineData(long.MinValue, "FFFFFFFFFFFFFFFFFF01")]
    public void Signed_variable_numbers_are_short_near_zero(long value, string hex)
    {
        var writer = new ByteWriter();
        writer.WriteVarInt(value);
        Assert.Equal(hex, Convert.ToHexString(writer.Written));
        Assert.Equal(value, new ByteReader(writer.Written).ReadVarInt());
    }

    [Fact]
    public void What_is_written_by_hand_is_read_by_hand()
    {
        var writer = new ByteWriter(0);
        writer.WriteUInt32(1);
        writer.WriteUInt64(2);
        writer.WriteDouble(3.5);
        writer.WriteString("four");
        writer.WriteNullableString(null);
        "\u0005\u0006"u8.CopyTo(writer.Reserve(2));
        writer.Advance(2);

        var reader = new ByteReader(writer.WrittenMemory.Span);
        Assert.Equal(1u, reader.ReadUInt32());
        Assert.Equal(2ul, reader.ReadUInt64());
        Assert.Equal(3.5, reader.ReadDouble());
        Assert.Equal("four", reader.ReadString());
        Assert.Null(reader.ReadNullableString());
        Assert.Equal([5, 6], reader.ReadBytes(2).ToArray());
        Assert.Equal((writer.Length, 0), (reader.Position, reader.Remaining));
    }

    [Fact]
    public void Clearing_keeps_nothing()
    {
        var writer = new ByteWriter();
        writer.WriteUInt64(1);
        writer.Clear();
        Assert.Equal(0, writer.Length);
        Assert.Empty(writer.ToArray());
    }

    [Fact]
    public void The_message_says_where_and_what_was_expected()
    {
        var error = Coding.Corrupt<Pair>(1, 2, 3);
        Assert.Equal("Corrupt data at or before offset 0: expected 16 more bytes, found 3.", error.Message);
        Assert.Equal(0, error.Offset);
    }

    [Fact]
    public void Values_that_are_none_are_refused()
    {
        Coding.Corrupt<bool>(2);
        Coding.Corrupt<int?>(2, 0, 0, 0, 0);
        Coding.Corrupt<DateOnly>(255, 255, 255, 255);
        Coding.Corrupt<TimeOnly>(255, 255, 255, 255, 255, 255, 255, 255);
        Coding.Corrupt<DateTime>(0, 0, 0, 0, 0, 0, 0, 0xC0);
        Coding.Corrupt<DateTime>(255, 255, 255, 255, 255, 255, 255, 0x3F);
        Coding.Corrupt<DateTimeOffset>(0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
        Coding.Corrupt<DateTimeOffset>(0, 0, 0, 0, 0, 0, 1, 0, 255, 127);
        Coding.Corrupt<decimal>(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 29, 0);
        Coding.Corrupt<decimal>(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0);
        Coding.Corrupt<string>(3, 0xFF);
        Coding.Corrupt<string>(4, 0x41);
        Coding.Corrupt<Dictionary<int, int>>(3, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
        Coding.Corrupt<Dictionary<string, int>>(2, 0, 0, 0, 0, 0);
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFFFF02")]
    [InlineData("FFFFFFFFFFFFFFFFFFFF01")]
    [InlineData("80")]
    public void Numbers_too_long_or_cut_off_are_refused(string hex) =>
        Assert.Throws<CorruptDataException>(() => new ByteReader(Convert.FromHexString(hex)).ReadVarUInt());

    [Fact]
    public void A_count_beyond_the_data_allocates_nothing()
    {
        // Two billion and some, and four bytes behind it.
        byte[] bytes = [0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0, 0, 0, 0];
        Action[] reads =
        [
            () => Coding.Corrupt<long[]>(bytes), () => Coding.Corrupt<List<Order>>(bytes), () => Coding.Corrupt<HashSet<int>>(bytes),
            () => Coding.Corrupt<Dictionary<int, int>>(bytes), () => Coding.Corrupt<byte[]>(bytes), () => Coding.Corrupt<string>(bytes),
            () => Coding.Corrupt<Empty[]>(bytes),
        ];
        foreach (var read in reads)
        {
            read();
            var before = GC.GetAllocatedBytesForCurrentThread();
            read();
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        }
    }

    [Fact]
    public void A_chain_longer_than_one_that_can_be_written_is_refused()
    {
        byte[] level = [1, 0, 0, 0, 0];
        var longest = Enumerable.Repeat(level, 1000).SelectMany(b => b).ToArray();
        Assert.NotNull(Coding.Decode<Node>([.. longest, 0]));
        Coding.Corrupt<Node>([.. longest, .. level, 0]);
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        // "There is an object, its value is 1, there is an object …"
        var bytes = Enumerable.Repeat<byte>(1, 1_000_000).ToArray();
        Assert.Contains("levels of nesting", Coding.Corrupt<Node>(bytes).Message, StringComparison.Ordinal);
        Coding.Corrupt<Branch>(Enumerable.Repeat<byte>(2, 1_000_000).ToArray());
        Assert.Throws<CorruptDataException>(() =>
        {
            var reader = new ByteReader(bytes);
            Codecs.For<Node>().Schema.ReadValue(ref reader);
        });
    }
}
