using System.Globalization;
using Gristmill.Grains;
using Gristmill.Samples.Flights;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gristmill.Samples.FlightsCluster;

/// <summary>What a silo of this sample runs: the job of samples/Flights, with the settings of section <c>Flights</c>.</summary>
internal static class FlightsSilo
{
    public const string JobName = "flights";

    public static void AddFlights(GristmillSiloBuilder silo)
    {
        IConfigurationSection flights = silo.Silo.Configuration.GetSection("Flights");
        string input = flights["Input"] ?? Settings.OwnInput;
        string output = flights["Output"] ?? "out";
        double? rate = flights["RowsPerSecond"] is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;
        if (flights["EndsWithInput"] == "true")
            silo.Silo.Services.AddSingleton<IHostLifetime, ParentLifetime>();
        silo.Silo.Services.AddTransient(_ => new FlightDelays(input, output, TimeSpan.FromHours(48), rate));
        silo.AddJob<FlightDelays>(JobName);
    }
}
