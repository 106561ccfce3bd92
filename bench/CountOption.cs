using System.CommandLine;
using System.Globalization;

namespace Gristmill.Bench;

/// <summary>Options that are whole numbers, which may be written as 500k or 10M.</summary>
internal static class CountOption
{
    public static Option<long> Create(string name, string description, long byDefault, long least, long most = long.MaxValue / 2000)
    {
        var option = new Option<long>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => byDefault };
        option.CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (TryParse(text, out long count) && count >= least && count <= most)
                return count;
            result.AddError($"{name} is '{text}'; it must be a whole number from {least} to {most}.");
            return 0;
        };
        return option;
    }

    public static bool TryParse(string text, out long count)
    {
        long unit = text.Length == 0 ? 1 : text[^1] switch { 'k' => 1000, 'M' => 1_000_000, _ => 1 };
        bool isNumber = long.TryParse(unit == 1 ? text : text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out count);
        if (count > long.MaxValue / unit)
            return false;
        count *= unit;
        return isNumber;
    }
}
