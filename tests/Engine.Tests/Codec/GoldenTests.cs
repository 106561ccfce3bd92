using Gristmill.Codec;

namespace Gristmill.Engine.Tests.Codec;

/// <summary>Bytes as the first version wrote them. If a test here fails, snapshots that exist can't be read: the change is wrong, not the test.</summary>
public class GoldenTests
{
    private const string GoldenSchema = "";
    private const string GoldenValue = "";
    private const ulong GoldenFingerprint = 0;

    private static readonly Order Sample = new(
        7, new("Mill Lane", 12), [new("rye", 2, 1.50m), new("wheat ☼", 1, 0m)], new() { ["EUR"] = 1.25 }, Colour.Green);

    [Fact]
    public void The_schema_is_written_as_ever()
    {
        var writer = new ByteWriter();
        Codecs.For<Order>().Schema.WriteTo(writer);
        Assert.Equal(GoldenSchema, Convert.ToHexString(writer.Written));
        Assert.Equal(GoldenFingerprint, Codecs.For<Order>().Schema.Fingerprint);
    }

    [Fact]
    public void The_value_is_written_as_ever() => Assert.Equal(GoldenValue, Convert.ToHexString(Coding.Encode(Sample)));

    [Fact]
    public void What_was_written_then_is_read_now()
    {
        var schemaReader = new ByteReader(Convert.FromHexString(GoldenSchema));
        var schema = Schema.ReadFrom(ref schemaReader);
        var order = Coding.Decode(Codecs.For<Order>(schema), Convert.FromHexString(GoldenValue));
        Assert.Equivalent(Sample, order, strict: true);

        var reader = new ByteReader(Convert.FromHexString(GoldenValue));
        Assert.Equal("Mill Lane", ((RecordValue)((RecordValue)schema.ReadValue(ref reader)!)["Ship"]!)["Street"]);
    }

    [Fact]
    public void A_schema_of_a_later_version_is_refused_by_number()
    {
        var error = Assert.Throws<CorruptDataException>(() =>
        {
            var reader = new ByteReader([2, 8]);
            Schema.ReadFrom(ref reader);
        });
        Assert.Contains("version 2, which this program doesn't know", error.Message, StringComparison.Ordinal);
    }
}
