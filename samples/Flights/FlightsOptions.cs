using System.CommandLine;
using System.Globalization;

namespace Gristmill.Samples.Flights;

/// <summary>Options of the flights' job, in one process or on a cluster.</summary>
internal static class FlightsOptions
{
    public static Option<string?> Input() => new("--input")
    {
        Description = "A CSV file, plain or gzip, or a pattern with * or **. Default: the flights that come with the sample.",
        HelpName = "FILE-OR-GLOB",
        Validators = { SampleOptions.NotEmpty("a path") },
    };

    public static Option<string> Output() => SampleOptions.Text("--output", "DIR", "Where the folders 'report' and 'late' go.", "out", "a path");

    /// <param name="description">What the rate is of.</param>
    public static Option<double?> Throttle(string description) => new("--throttle")
    {
        Description = $"{description} Default: as fast as it goes.",
        HelpName = "ROWS-PER-SECOND",
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double rate) && double.IsFinite(rate) && rate > 0)
                return rate;
            argument.AddError($"--throttle is '{text}'; it must be a number of rows a second, more than 0.");
            return null;
        },
    };
}
