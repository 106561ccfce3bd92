using System.Collections.Immutable;
using System.ComponentModel;
using Gristmill.Codec;
using static Gristmill.Engine.Tests.Codec.Coding;

namespace Gristmill.Engine.Tests.Codec;

/// <summary>Former names and stated defaults, wherever in a value they stand.</summary>
public class RenameTests
{
    [Fact]
    public void A_renamed_member_reads_what_was_written_under_any_of_its_former_names()
    {
        Assert.Equal(new Now.Customer(7, "Ann"), Evolve<Then.Customer, Now.Customer>(new(7, "Ann")));
        Assert.Equal(new Now.Customer(7, "Ann"), Evolve<Later.Customer, Now.Customer>(new("Ann", 7)));
        Assert.Equal(new Now.Customer(7, "Ann"), RoundTrip(new Now.Customer(7, "Ann")));
    }

    [Fact]
    public void Fields_properties_and_captured_parameters_may_be_renamed()
    {
        var now = Evolve<Then.Mixed, Now.Mixed>(new(3) { Field = 1, Property = 2 });
        Assert.Equal((1L, 2, 3), (now.NewField, now.NewProperty, now.Captured));
    }

    [Fact]
    public void A_member_may_be_renamed_and_widened_and_made_nullable_at_once() =>
        Assert.Equal(5L, Evolve<Then.Narrow, Now.Wide>(new(5)).Big);

    [Fact]
    public void The_rules_hold_in_records_lists_maps_keys_and_structs()
    {
        var now = Evolve<Then.Deep, Now.Deep>(new(
            new(1, "a"), [new(2, "b")], new() { [new(3, "c")] = new(4, "d") }, [new(5, "e")], new(new(6)), [[new(7, "f")]], (8, new(9, "g")), Then.Light.Amber));

        Assert.Equal(new Now.Customer(1, "a"), now.One);
        Assert.Equal(new Now.Customer(2, "b"), Assert.Single(now.List));
        Assert.Equal(KeyValuePair.Create(new Now.Customer(3, "c"), new Now.Customer(4, "d")), Assert.Single(now.Map));
        Assert.Equal(new Now.Customer(5, "e"), Assert.Single(now.Set));
        Assert.Equal(6L, now.Struct.Inner.Big);
        Assert.Equal(new Now.Customer(7, "f"), Assert.Single(Assert.Single(now.Lists)));
        Assert.Equal((8L, new Now.Customer(9, "g")), now.Tuple);
        Assert.Equal(Now.Light.Yellow, now.Light);
    }

    [Fact]
    public void A_recursive_type_may_be_renamed_within() =>
        Assert.Equal(2, Evolve<Then.Node, Now.Node>(new(1, new(2, null))).Following!.Number);

    [Fact]
    public void Members_of_enums_may_be_renamed_and_renumbered()
    {
        Assert.Equal(Now.Light.Yellow, Evolve<Then.Light, Now.Light>(Then.Light.Amber));
        Assert.Equal(Now.Light.Green, Evolve<Then.Light, Now.Light>(Then.Light.Green));
        Assert.Equal([Now.Light.Red, Now.Light.Yellow], Evolve<List<Then.Light>, ImmutableArray<Now.Light>>([Then.Light.Red, Then.Light.Amber]));
        Assert.Equal(3, Evolve<Dictionary<Then.Light, int>, Dictionary<Now.Light, int>>(new() { [Then.Light.Amber] = 3 })[Now.Light.Yellow]);
    }

    [Fact]
    public void A_renamed_key_stays_in_its_key_group() =>
        Assert.Equal(KeyTraits<Then.Customer>.Hash(new(7, "Ann")), KeyTraits<Now.Customer>.Hash(new(7, "Ann")));

    [Fact]
    public void Added_members_get_the_default_they_state_and_else_their_types()
    {
        var now = Evolve<Pair, Now.Defaults>(new(1, 2));

        Assert.Equal((1L, 0, 5L, "EUR", 1.5m), (now.Key, now.Unstated, now.Widened, now.Currency, now.Rate));
        Assert.Equal((Now.Light.Yellow, 3, Now.Light.Green, true), (now.Light, now.Maybe, now.MaybeLight, now.Flag));
        // No constructor runs, and no initializer.
        Assert.Null(now.Initialized);
        Assert.Equal(9, Evolve<Pair, Now.StructDefaults>(new(1, 2)).Added);
        Assert.Equal(["EUR", "EUR"], Evolve<List<Pair>, List<Now.Defaults>>([new(1, 2), new(3, 4)]).Select(each => each.Currency));
        Assert.Equal(9, Assert.Single(Evolve<Dictionary<int, Pair>, Dictionary<int, Now.StructDefaults>>(new() { [1] = new(1, 2) })).Value.Added);
    }

    [Fact]
    public void What_was_written_is_not_replaced_by_a_default() =>
        Assert.Equal(0, Evolve<Then.Written, Now.StructDefaults>(new(0)).Added);

    [Fact]
    public void Many_structs_get_their_defaults_one_by_one()
    {
        var codec = Codecs.For<Now.StructDefaults>(Codecs.For<Pair>().Schema);
        var reader = new ByteReader([.. Encode(new Pair(1, 2)), .. Encode(new Pair(3, 4))]);
        var values = new Now.StructDefaults[2];
        codec.ReadMany(ref reader, values);
        Assert.Equal([9, 9], values.Select(value => value.Added));
    }

    [Theory]
    [InlineData(typeof(Clash.CurrentName), "CurrentName: Number was formerly named Id, and there is another Id now")]
    [InlineData(typeof(Clash.Twice), "Twice: Second and First both were formerly named Old")]
    [InlineData(typeof(Clash.Empty), "Empty: Number has an empty [FormerName]")]
    [InlineData(typeof(Clash.Members), "Members: New was formerly named Old, and there is another Old now")]
    [InlineData(typeof(List<Clash.CurrentName>), "List<CurrentName>[]: Number was formerly named Id")]
    [InlineData(typeof(Clash.WrongDefault), "WrongDefault.Number: its stated default can't be kept to: many (String) is no Int32")]
    [InlineData(typeof(Clash.Lossy), "Lossy.Number: its stated default can't be kept to: 300 (Int32) is no Byte")]
    [InlineData(typeof(Clash.SharedDefault), "SharedDefault.Numbers: its stated default can't be kept to: only numbers")]
    public void Names_and_defaults_that_are_unclear_are_refused_with_the_remedy(Type type, string expected) =>
        Assert.StartsWith(expected, Assert.Single(Codecs.Problems(type)), StringComparison.Ordinal);

    [Fact]
    public void What_was_written_under_two_names_of_one_member_is_refused()
    {
        Assert.Contains("Id and Number were both written, and all are Number now", MismatchOf<Then.Both, Now.Customer>(), StringComparison.Ordinal);
        Assert.Contains("List<Customer>[] was written as", MismatchOf<List<Then.Both>, List<Now.Customer>>(), StringComparison.Ordinal);
        Assert.Contains("Amber and Yellow were both written", MismatchOf<Then.BothLights, Now.Light>(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_within_names_its_path_and_the_way_out()
    {
        string message = MismatchOf<Dictionary<Then.Narrow, int>, Dictionary<Now.Wrong, int>>();
        Assert.Contains("[key].Number was written as int32, but string is expected", message, StringComparison.Ordinal);
        message = MismatchOf<Dictionary<int, List<Then.Narrow>>, Dictionary<int, List<Now.Wrong>>>();
        Assert.Contains("[value][].Number was written as int32, but string is expected", message, StringComparison.Ordinal);
        Assert.Contains("[FormerName]", message, StringComparison.Ordinal);
        Assert.Contains("Amber can't be found any more; bring it back, or if it has another name now, say so by [FormerName]", MismatchOf<Then.Light, Now.Fewer>(), StringComparison.Ordinal);
    }

    private static class Then
    {
        public sealed record Customer(int Id, string Name);

        public sealed record Both(int Id, int Number, string Name);

        public sealed record Narrow(int Number);

        public readonly record struct NarrowStruct(int Number);

        public readonly record struct Outer(NarrowStruct Inner);

        public readonly record struct Written(int Added);

        public sealed record Node(int Value, Node? Next);

        public sealed record Deep(
            Customer One, List<Customer> List, Dictionary<Customer, Customer> Map, HashSet<Customer> Set, Outer Struct, Customer[][] Lists, (int, Customer) Tuple, Light Light);

        public sealed class Mixed(int captured)
        {
            public int Field = -1;

            public int Property { get; set; }

            public int Captured() => captured;
        }

        public enum Light
        {
            Red,
            Amber,
            Green,
        }

        public enum BothLights
        {
            Red,
            Amber,
            Yellow,
            Green,
        }
    }

    private static class Later
    {
        public sealed record Customer(string Name, int CustomerNumber);
    }

    private static class Now
    {
        public sealed record Customer([FormerName("Id"), FormerName("CustomerNumber")] int Number, string Name);

        public sealed record Wide([property: FormerName("Number")] long? Big);

        public readonly record struct WideStruct([property: FormerName("Number")] long Big);

        public readonly record struct Outer(WideStruct Inner);

        public sealed record Wrong(string Number);

        public sealed record Node([FormerName("Value")] long Number, [FormerName("Next")] Node? Following);

        public sealed record Deep(
            Customer One, List<Customer> List, Dictionary<Customer, Customer> Map, HashSet<Customer> Set, Outer Struct, List<Customer[]> Lists, (long, Customer) Tuple, Light Light);

        public sealed class Mixed([FormerName("captured")] int given)
        {
            [FormerName("Field")]
            public long NewField = -1;

            [FormerName("Property")]
            public int NewProperty { get; set; }

            public int Captured => given;
        }

        public enum Light
        {
            Green,
            [FormerName("Amber")]
            Yellow,
            Red,
        }

        public enum Fewer
        {
            Red,
            Green,
        }

        public sealed record Defaults(
            long Key, int Unstated, [property: DefaultValue(5)] long Widened, string Currency = "EUR", decimal Rate = 1.5m,
            Light Light = Light.Yellow, int? Maybe = 3, Light? MaybeLight = Light.Green, bool Flag = true)
        {
            public string? Initialized { get; init; } = "by code";
        }

        public struct StructDefaults
        {
            public long Key { get; set; }

            [DefaultValue(9)]
            public int Added { get; set; }
        }
    }

    private static class Clash
    {
        public sealed record CurrentName(int Id, [FormerName("Id")] int Number);

        public sealed record Twice([FormerName("Old")] int First, [FormerName("Old")] int Second);

        public sealed record Empty([FormerName("")] int Number);

        public enum Members
        {
            Old,
            [FormerName("Old")]
            New,
        }

        public sealed record WrongDefault([property: DefaultValue("many")] int Number);

        public sealed record Lossy([property: DefaultValue(300)] byte Number);

        public sealed record SharedDefault([property: DefaultValue("1, 2")] List<int> Numbers);
    }
}
