using Gristmill.Codec;

namespace Gristmill.Engine.Tests.Codec;

/// <summary>Bytes as the first version wrote them. If a test here fails, snapshots that exist can't be read: the change is wrong, not the test.</summary>
public class GoldenTests
{
    private const string GoldenSchema =
        "0120240B4F726465720505496408095368697020240F41646472657373020D537472656574110D4E756D62657220060B4C69"
        + "6E6573222024094C696E650307536B75110B436F756E74060B50726963650F0B526174657323110E0D436F6C6F7572210D43"
        + "6F6C6F7572030307526564020B477265656E0409426C756508";
    private const string GoldenValue =
        "01070000000000000001134D696C6C204C616E65010C00000003010772796502000000960000000000000000000000000002"
        + "000113776865617420E298BC01000000000000000000000000000000000000000207455552000000000000F43F02";
    private const ulong GoldenFingerprint = 0x12B6_E74D_E4BE_0CC0;

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
    public void A_value_of_every_kind_that_was_written_then_is_read_now()
    {
        var reader = new ByteReader(Convert.FromHexString(GoldenBytes.EverythingSchema));
        var codec = Codecs.For<Everything>(Schema.ReadFrom(ref reader));
        Assert.Equivalent(Everything.Sample, Coding.Decode(codec, Convert.FromHexString(GoldenBytes.Everything)), strict: true);
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
