using System.CommandLine;
using System.Globalization;

namespace Gristmill.Cli;

/// <summary>The option that bounds a list.</summary>
internal static class Limits
{
    public static Option<int?> Create(string description, string name = "--limit") => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit >= 1)
                return limit;
            argument.AddError($"{name} is '{text}'; it must be a whole number, 1 or more.");
            return null;
        },
    };
}
