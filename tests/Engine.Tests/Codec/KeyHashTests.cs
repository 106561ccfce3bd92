using Gristmill.Codec;

namespace Gristmill.Engine.Tests.Codec;

/// <summary>State is kept by these numbers. If a test here fails, the change is wrong, not the test: every snapshot there is would be lost.</summary>
public class KeyHashTests
{
    private static readonly Dictionary<string, ulong> Known = new()
    {
        ["long 0"] = 0xE220_A839_7B1D_CDAF,
        ["long 1"] = 0x910A_2DEC_8902_5CC1,
        ["long -1"] = 0xE4D9_7177_1B65_2C20,
        ["ulong max"] = 0xE4D9_7177_1B65_2C20,
        ["char"] = 0x02F5_9075_8A6D_2936,
        ["bool"] = 0x910A_2DEC_8902_5CC1,
        ["double"] = 0xD6DA_B18E_1392_608A,
        ["NaN"] = 0xC729_71D8_2E15_BB46,
        ["decimal"] = 0xF026_CBFF_3AD5_B45B,
        ["decimal big"] = 0x7C44_29D1_8C6C_9C0F,
        ["Int128"] = 0x0131_C54C_D202_083A,
        ["Guid"] = 0xAE65_F6C9_3DCB_9718,
        ["DateTime"] = 0x1F25_B3B5_29F6_D773,
        ["DateTimeOffset"] = 0x5EFB_B0DA_7422_36D3,
        ["DateOnly"] = 0x5869_78CC_A3A3_D2B7,
        ["enum"] = 0x6E73_E372_E233_8ACA,
        ["null"] = 0x8E9D_5A3B_1C6F_7042,
        ["''"] = 0xFA30_3ABC_2B1D_7630,
        ["1 char"] = 0x862C_DF52_BAFB_DAB0,
        ["2 chars"] = 0x6EAD_0DED_9110_D753,
        ["3 chars"] = 0xCC24_A37D_2038_2335,
        ["4 chars"] = 0x208B_300E_546C_D656,
        ["8 chars"] = 0xA8AD_EAF3_5048_68FF,
        ["9 chars"] = 0x52D1_EC9F_52E4_3F98,
        ["20 chars"] = 0xD0D6_BCFE_D0B0_3DF6,
        ["tuple"] = 0xE9D8_CBBB_3949_B464,
        ["nested"] = 0x9D96_76DC_2E4F_7651,
        ["record"] = 0xABFE_91ED_1601_3494,
        ["empty record"] = 0xE220_A839_7B1D_CDAF,
        ["struct"] = 0xDF77_08F9_FCD0_FF36,
        ["nullable"] = 0x8E9D_5A3B_1C6F_7042,
    };

    [Fact]
    public void Hashes_never_change() => Assert.Equal(Known, Present());

    private static Dictionary<string, ulong> Present() => new()
    {
        ["long 0"] = KeyTraits<long>.Hash(0),
        ["long 1"] = KeyTraits<long>.Hash(1),
        ["long -1"] = KeyTraits<long>.Hash(-1),
        ["ulong max"] = KeyTraits<ulong>.Hash(ulong.MaxValue),
        ["char"] = KeyTraits<char>.Hash('x'),
        ["bool"] = KeyTraits<bool>.Hash(true),
        ["double"] = KeyTraits<double>.Hash(1.5),
        ["NaN"] = KeyTraits<double>.Hash(double.NaN),
        ["decimal"] = KeyTraits<decimal>.Hash(12.50m),
        ["decimal big"] = KeyTraits<decimal>.Hash(decimal.MinValue),
        ["Int128"] = KeyTraits<Int128>.Hash(-2),
        ["Guid"] = KeyTraits<Guid>.Hash(new("00112233-4455-6677-8899-aabbccddeeff")),
        ["DateTime"] = KeyTraits<DateTime>.Hash(new(2024, 2, 29)),
        ["DateTimeOffset"] = KeyTraits<DateTimeOffset>.Hash(new(2024, 2, 29, 0, 0, 0, TimeSpan.FromHours(1))),
        ["DateOnly"] = KeyTraits<DateOnly>.Hash(new(2024, 2, 29)),
        ["enum"] = KeyTraits<Colour>.Hash(Colour.Blue),
        ["null"] = KeyTraits<string?>.Hash(null),
        ["''"] = KeyTraits<string>.Hash(""),
        ["1 char"] = KeyTraits<string>.Hash("a"),
        ["2 chars"] = KeyTraits<string>.Hash("ab"),
        ["3 chars"] = KeyTraits<string>.Hash("abc"),
        ["4 chars"] = KeyTraits<string>.Hash("abcd"),
        ["8 chars"] = KeyTraits<string>.Hash("abcdefgh"),
        ["9 chars"] = KeyTraits<string>.Hash("abcdefghi"),
        ["20 chars"] = KeyTraits<string>.Hash("äbcdefghijklmnopqrst"),
        ["tuple"] = KeyTraits<(long, string)>.Hash((1, "a")),
        ["nested"] = KeyTraits<(int, (int, int))>.Hash((1, (2, 3))),
        ["record"] = KeyTraits<Address>.Hash(new("Mill Lane", 7)),
        ["empty record"] = KeyTraits<Nothing>.Hash(new()),
        ["struct"] = KeyTraits<Pair>.Hash(new(1, 2)),
        ["nullable"] = KeyTraits<int?>.Hash(null),
    };

    [Fact]
    public void Sequential_numbers_spread_over_groups_and_slots() => Spread(i => KeyTraits<long>.Hash(i));

    [Fact]
    public void Numbers_of_a_wide_stride_spread_over_groups_and_slots() => Spread(i => KeyTraits<long>.Hash((long)i << 40));

    [Fact]
    public void Sequential_strings_spread_over_groups_and_slots() => Spread(i => KeyTraits<string>.Hash($"user-{i}"));

    [Fact]
    public void Long_strings_of_one_beginning_spread_over_groups_and_slots() =>
        Spread(i => KeyTraits<string>.Hash($"https://example.org/a/rather/long/path/{i}/index.html"));

    [Fact]
    public void Tuples_spread_over_groups_and_slots() => Spread(i => KeyTraits<(int, int)>.Hash((i & 255, i >> 8)));

    [Fact]
    public void Doubles_spread_over_groups_and_slots() => Spread(i => KeyTraits<double>.Hash(i));

    [Fact]
    public void Each_bit_of_a_number_changes_half_of_its_hash()
    {
        for (var bit = 0; bit < 64; bit++)
        {
            var changed = Enumerable.Range(0, 1000).Average(i => System.Numerics.BitOperations.PopCount(
                KeyTraits<long>.Hash(i * 7919L) ^ KeyTraits<long>.Hash((i * 7919L) ^ (1L << bit))));
            Assert.InRange(changed, 30, 34);
        }
    }

    /// <summary>Chi-squared over 256 cells has mean 255 and deviation 23; five deviations are luck of one in millions, and the keys are fixed.</summary>
    private static void Spread(Func<int, ulong> hash)
    {
        const int Keys = 256 * 400;
        var hashes = Enumerable.Range(0, Keys).Select(hash).ToArray();

        Assert.Equal(Keys, hashes.Distinct().Count());
        Assert.InRange(ChiSquared(hashes.Select(h => h >> 56)), 140, 370);
        Assert.InRange(ChiSquared(hashes.Select(h => h & 255)), 140, 370);
        Assert.InRange(ChiSquared(hashes.Select(h => (h >> 48) & 255)), 140, 370);
        // Within one key group the low bits must still tell keys apart.
        var group = hashes.Where(h => h >> 56 == 17).ToArray();
        Assert.InRange(group.Select(h => h & 15).GroupBy(h => h).Min(g => g.Count()), 5, group.Length / 16);
    }

    private static double ChiSquared(IEnumerable<ulong> cells)
    {
        var counts = new double[256];
        var total = 0;
        foreach (var cell in cells)
        {
            counts[cell]++;
            total++;
        }
        var expected = total / 256.0;
        return counts.Sum(c => (c - expected) * (c - expected) / expected);
    }
}
