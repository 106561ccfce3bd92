using FsCheck;
using FsCheck.Fluent;
using static Gristmill.Engine.Tests.Codec.Coding;

namespace Gristmill.Engine.Tests.Codec;

public class PropertyTests
{
    [Fact]
    public void Any_numbers_come_back() =>
        Prop.ForAll<long, double, decimal>((a, b, c) => RoundTrip((a, b, c)).Equals((a, b, c))).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_comes_back() =>
        Prop.ForAll<string?, char, string[]>((a, b, c) => RoundTrip(a) == a && RoundTrip(b) == b && RoundTrip(c).SequenceEqual(c)).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_of_UTF16_units_comes_back() =>
        Prop.ForAll<char[]>(units => RoundTrip(new string(units)) == new string(units)).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_times_come_back() =>
        Prop.ForAll<DateTime, DateTimeOffset, TimeSpan>((a, b, c) =>
            RoundTrip(a) is var back && back == a && back.Kind == a.Kind && RoundTrip(b).EqualsExact(b) && RoundTrip(c) == c).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_bytes_and_ids_come_back() =>
        Prop.ForAll<byte[], Guid, int?>((a, b, c) => RoundTrip(a).SequenceEqual(a) && RoundTrip(b) == b && RoundTrip(c) == c).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_nested_collections_come_back() =>
        Prop.ForAll<int[][]>(a => RoundTrip(a).Zip(a).All(p => p.First.SequenceEqual(p.Second))).QuickCheckThrowOnFailure();
}
