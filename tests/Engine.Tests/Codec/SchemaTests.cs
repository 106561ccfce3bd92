using Gristmill.Codec;
using static Gristmill.Engine.Tests.Codec.Coding;

namespace Gristmill.Engine.Tests.Codec;

public class SchemaTests
{
    [Theory]
    [InlineData(typeof(Pair), "record Pair { Key: int64, Value: int64 }")]
    [InlineData(typeof(Address), "record Address { Street: string, Number: int32? }?")]
    [InlineData(typeof(Dictionary<Guid, Colour[]>), "map<guid, list<enum Colour: uint8 { Red = 1, Green = 2, Blue = 4 }>>")]
    [InlineData(typeof(Node), "record Node { Value: int32, Next: record Node? }?")]
    [InlineData(typeof((int, string)), "record ValueTuple<Int32, String> { Item1: int32, Item2: string }")]
    [InlineData(typeof(Nothing), "record Nothing { }?")]
    public void It_is_readable(Type type, string text) => Assert.Equal(text, SchemaOf(type).ToString());

    [Theory]
    [InlineData(typeof(Everything))]
    [InlineData(typeof(Tree))]
    [InlineData(typeof(Branch))]
    [InlineData(typeof(Dictionary<Node, Tree>))]
    public void The_binary_form_comes_back_equal(Type type)
    {
        var schema = SchemaOf(type);
        var back = ThroughBytes(schema);

        Assert.Equal(schema, back);
        Assert.Equal(schema.Fingerprint, back.Fingerprint);
        Assert.Equal(schema.GetHashCode(), back.GetHashCode());
        Assert.Equal(schema.ToString(), back.ToString());
    }

    [Fact]
    public void Schemas_built_by_hand_equal_those_of_types() => Assert.Equal(
        SchemaOf(typeof(Dictionary<string, Address?>)),
        Schema.Map(
            Schema.Primitive(SchemaKind.String),
            Schema.Nullable(Schema.Record("Address",
            [
                new("Street", Schema.Primitive(SchemaKind.String)),
                new("Number", Schema.Nullable(Schema.Primitive(SchemaKind.Int32))),
            ]))));

    [Fact]
    public void Different_types_have_different_fingerprints()
    {
        Type[] types = [typeof(int), typeof(long), typeof(int?), typeof(int[]), typeof(Pair), typeof(Gappy), typeof(Node), typeof(Tree), typeof(Colour)];
        Assert.Equal(types.Length, types.Select(t => SchemaOf(t).Fingerprint).Distinct().Count());
    }

    [Fact]
    public void A_part_of_a_schema_stands_on_its_own()
    {
        var part = SchemaOf(typeof(Node)).Element!.Fields[1].Schema;
        Assert.Equal(SchemaOf(typeof(Node)), ThroughBytes(part));
    }

    [Fact]
    public void Sizes_are_known_where_they_are_fixed()
    {
        Assert.Equal(16, SchemaOf(typeof(Pair)).FixedSize);
        Assert.Equal(18, SchemaOf(typeof(Gappy)).FixedSize);
        Assert.Equal(1, SchemaOf(typeof(Empty)).FixedSize);
        Assert.Null(SchemaOf(typeof(int?)).FixedSize);
        Assert.Null(SchemaOf(typeof(Address)).FixedSize);
    }

    [Theory]
    [InlineData("01240341010361" + "3F00", "always contains another of itself")]
    [InlineData("01240341010361" + "2403420103623F00", "always contains another of itself")]
    [InlineData("01240341010361" + "3F01", "the number of one of 1 records")]
    [InlineData("0124034102" + "036108" + "036108", "a twice")]
    [InlineData("0121034111" + "00", "the integer an enum is")]
    [InlineData("0119", "a kind of schema")]
    public void A_schema_of_which_there_can_be_no_value_is_refused(string hex, string reason)
    {
        var error = Assert.Throws<CorruptDataException>(() =>
        {
            var reader = new ByteReader(Convert.FromHexString(hex));
            Schema.ReadFrom(ref reader);
        });
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_is_read_without_its_type()
    {
        var order = (RecordValue)Look(new Order(7, new("Mill Lane", null), [new("sku", 2, 1.50m)], new() { ["EUR"] = 1.1 }, Colour.Green))!;

        Assert.Equal(
            "Order { Id = 7, Ship = Address { Street = \"Mill Lane\", Number = null }, "
            + "Lines = [Line { Sku = \"sku\", Count = 2, Price = 1.50 }], Rates = {\"EUR\": 1.1}, Colour = \"Green\" }",
            order.ToString());
        Assert.Equal("Mill Lane", ((RecordValue)order["Ship"]!)["Street"]);
        Assert.Throws<KeyNotFoundException>(() => order["None"]);
    }

    [Fact]
    public void Everything_is_read_without_its_type()
    {
        var seen = (RecordValue)Look(Everything.Sample)!;

        Assert.Equal(-8L, seen["Int8"]);
        Assert.Equal(Everything.Sample.UInt64, seen["UInt64"]);
        Assert.Equal(Everything.Sample.Int128, seen["Int128"]);
        Assert.Equal(1.5, seen["Half"]);
        Assert.Equal(Everything.Sample.DateTimeOffset, seen["DateTimeOffset"]);
        Assert.Equal(Everything.Sample.Guid, seen["Guid"]);
        Assert.Equal("Blue", seen["Colour"]);
        Assert.Equal(new byte[] { 1, 2, 255 }, seen["Bytes"]);
        Assert.Equal(77L, Look((Colour)77));
        Assert.Null(Look<Order?>(null));
    }

    private static Schema SchemaOf(Type type)
    {
        var codec = Codecs.For(type);
        return (Schema)codec.GetType().GetProperty(nameof(Codec<>.Schema))!.GetValue(codec)!;
    }
}
