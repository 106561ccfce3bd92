using System.Globalization;
using System.Text.Json;
using Gristmill.Checkpoints;
using Gristmill.Cli.Values;
using Gristmill.Codec;

namespace Gristmill.Cli.Tests;

/// <summary>Keys as they are typed and values as they are printed, kind by kind.</summary>
public sealed class ValueTests
{
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = AnswerJson.Options.Encoder };

    public enum Color
    {
        Red = 1,
        Green = 2,
    }

    [Fact]
    public void A_plain_key_is_read_by_its_schema()
    {
        Fits(true, "true");
        Fits((sbyte)-7, "-7");
        Fits((byte)7, "7");
        Fits((short)-7, "-7");
        Fits((ushort)7, "7");
        Fits(-7, "-7");
        Fits(7u, "7");
        Fits(long.MinValue, "-9223372036854775808");
        Fits(ulong.MaxValue, "18446744073709551615");
        Fits(Int128.MaxValue, "170141183460469231731687303715884105727");
        Fits(UInt128.MaxValue, "340282366920938463463374607431768211455");
        Fits((Half)0.1, "0.1");
        Fits(0.1f, "0.1");
        Fits(0.1, "0.1");
        Fits(12.50m, "12.5");
        Fits('x', "x");
        Fits("7", "7");
        Fits("\"Lyon\"", "\"Lyon\"");
        Fits(new byte[] { 1, 2, 3 }, "AQID");
        Fits(new DateTime(2026, 3, 31, 12, 0, 0, DateTimeKind.Utc), "2026-03-31T12:00:00Z");
        Fits(new DateTimeOffset(2026, 3, 31, 12, 0, 0, TimeSpan.FromHours(2)), "2026-03-31T10:00:00Z");
        Fits(new DateOnly(2026, 3, 31), "2026-03-31");
        Fits(new TimeOnly(12, 30), "12:30");
        Fits(TimeSpan.FromHours(36), "1.12:00:00");
        Fits(Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), "0f8fad5b-d9cb-469f-a165-70867728950e");
        Fits(Color.Green, "Green");
        Fits(Color.Green, "green");
        Fits(Color.Green, "2");
        Fits((Color)9, "9");
        Fits<int?>(7, "7");
        Fits<int?>(null, "null");
        Fits((new DateOnly(2026, 3, 31), Color.Red, 'x'), "[\"2026-03-31\",\"Red\",\"x\"]");
        Fits(((1, "a"), (int?)null), "{\"Item1\":[1,\"a\"],\"Item2\":null}");
    }

    [Fact]
    public void A_key_is_not_another()
    {
        Assert.False(CheckpointReader.KeysEqual(KeyParser.Parse(Codecs.For<int>().Schema, "7"), Encode(8).Read()));
        Assert.False(CheckpointReader.KeysEqual(KeyParser.Parse(Codecs.For<string>().Schema, "lyon"), Encode("Lyon").Read()));
        Assert.False(CheckpointReader.KeysEqual(KeyParser.Parse(Codecs.For<(int, string)>().Schema, "[7,\"a\"]"), Encode((7, "b")).Read()));
    }

    [Fact]
    public void What_is_no_such_key_is_refused_with_schema_and_example()
    {
        Refused<int>("seven", "int32", "as 7");
        Refused<int>("99999999999", "int32");
        Refused<byte>("-1", "uint8");
        Refused<bool>("1", "boolean", "as true");
        Refused<DateOnly>("31.3.", "dateonly", "2026-03-31");
        Refused<Guid>("x", "guid");
        Refused<Color>("Blue", "'Red', 'Green'");
        Refused<(int, string)>("7,a", "record", "'{\"Item1\":7,\"Item2\":\"text\"}'");
        Refused<(int, string)>("{\"Item1\":{},\"Item2\":\"a\"}", "Item1");
    }

    [Fact]
    public void Values_are_JSON_by_their_schema()
    {
        Prints("null", (int?)null);
        Prints("9223372036854775807", long.MaxValue);
        Prints("18446744073709551615", ulong.MaxValue);
        Prints("\"170141183460469231731687303715884105727\"", Int128.MaxValue);
        Prints("\"12.50\"", 12.50m);
        Prints("0.1", 0.1f);
        Prints("0.1", 0.1);
        Prints("\"NaN\"", double.NaN);
        Prints("\"-Infinity\"", float.NegativeInfinity);
        Prints("\"AQID\"", new byte[] { 1, 2, 3 });
        Prints("\"2026-03-31T12:00:00Z\"", new DateTime(2026, 3, 31, 12, 0, 0, DateTimeKind.Utc));
        Prints("\"2026-03-31T12:00:00+02:00\"", new DateTimeOffset(2026, 3, 31, 12, 0, 0, TimeSpan.FromHours(2)));
        Prints("\"2026-03-31\"", new DateOnly(2026, 3, 31));
        Prints("\"12:30:00\"", new TimeOnly(12, 30));
        Prints("\"1.12:00:00\"", TimeSpan.FromHours(36));
        Prints("\"Zürich \\\"x\\\"\"", "Zürich \"x\"");
        Prints("\"Green\"", Color.Green);
        Prints("9", (Color)9);
        Prints("[1,2]", new List<int> { 1, 2 });
        Prints("{\"a\":1}", new Dictionary<string, int> { ["a"] = 1 });
        Prints("[{\"key\":7,\"value\":\"b\"}]", new Dictionary<int, string> { [7] = "b" });
        Prints("{\"Item1\":1,\"Item2\":{\"Item1\":\"a\",\"Item2\":null}}", (1, ("a", (int?)null)));
    }

    [Fact]
    public void In_tables_text_and_dates_stand_without_quotes()
    {
        Assert.Equal("Lyon", ValueJson.ToText(Encode("Lyon")));
        Assert.Equal("2026-03-31", ValueJson.ToText(Encode(new DateOnly(2026, 3, 31))));
        Assert.Equal("\"a\\nb\"", ValueJson.ToText(Encode("a\nb")));
        Assert.Equal("\"\"", ValueJson.ToText(Encode("")));
        Assert.Equal("7", ValueJson.ToText(Encode(7)));
    }

    [Fact]
    public void Bytes_and_times_are_shown_as_people_read_them()
    {
        Assert.Equal(["0 B", "1023 B", "1.0 KiB", "10 KiB", "5.0 GiB"], new[] { 0L, 1_023, 1_024, 10_240, 5L << 30 }.Select(Show.Bytes));
        Assert.Null(Show.FromUnixMs(long.MaxValue));
        Assert.Equal(DateTimeOffset.UnixEpoch, Show.FromUnixMs(0));
    }

    private static EncodedValue Encode<T>(T value)
    {
        Codec<T> codec = Codecs.For<T>();
        var writer = new ByteWriter();
        codec.Write(writer, in value);
        return new EncodedValue(codec.Schema, writer.Written.ToArray());
    }

    private static void Fits<T>(T key, string text)
        => Assert.True(CheckpointReader.KeysEqual(KeyParser.Parse(Codecs.For<T>().Schema, text), Encode(key).Read()), string.Create(CultureInfo.InvariantCulture, $"{text} is not read as {key}"));

    private static void Refused<T>(string text, params string[] said)
    {
        UsageException error = Assert.Throws<UsageException>(() => KeyParser.Parse(Codecs.For<T>().Schema, text));
        Assert.All([$"--key is '{text}'", .. said], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    private static void Prints<T>(string expected, T value)
    {
        using var document = JsonDocument.Parse(JsonSerializer.Serialize(Encode(value), AnswerJson.Options));
        Assert.Equal(expected, JsonSerializer.Serialize(document.RootElement, OneLine));
    }
}
