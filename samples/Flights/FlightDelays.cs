using System.Text.Json;
using Gristmill.Files;

namespace Gristmill.Samples.Flights;

/// <summary>
/// The delays of departures by airport and hour: a report of every hour once all its flights must have been heard of, and
/// the flights that were heard of even later, as the rows they were.
/// </summary>
/// <param name="input">A file, or a pattern with <c>*</c> or <c>**</c>.</param>
/// <param name="output">The folder that gets <c>report</c> and <c>late</c>.</param>
/// <param name="lateness">By how much <c>scheduled</c> may lie behind the newest one seen and still be in time.</param>
/// <param name="rowsPerSecond">Slows the reading down; null: as fast as it goes.</param>
internal sealed class FlightDelays(string input, string output, TimeSpan lateness, double? rowsPerSecond = null) : IJob
{
    /// <summary>The columns of the input, and so of the late rows.</summary>
    public const string InputHeader = "scheduled,reported,distance,origin,destination";

    public static string ReportFolder(string output) => Path.Combine(output, "report");

    public static string LateFolder(string output) => Path.Combine(output, "late");

    public void Build(JobBuilder job)
    {
        Source<Flight, FilePosition> flights = Csv.Read<Flight>(input, csv => csv.KeepLine(f => f.Row));
        if (rowsPerSecond is { } rate)
            flights = flights.Throttle(rate);
        var late = new SideOutput<Flight>("late");

        OperatorStream<HourlyDelays> delays = job
            .From("flights", flights)
            .WithTimestamps((in f) => f.Scheduled, outOfOrder: lateness)
            .KeyBy((in f) => f.Origin)
            .Window(Tumbling.Of(TimeSpan.FromHours(1)))
            .LateTo(late)
            .Aggregate("delays", new SumDelays());

        delays.To("report", Csv.Write<HourlyDelays>(ReportFolder(output), csv =>
        {
            csv.NamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            csv.DateTimeFormat = "yyyy-MM-ddTHH:mm";
        }));
        delays.SideOutput(late).To("late", Csv.Write<Flight>(LateFolder(output), csv => csv.Line(f => f.Row, InputHeader)));
    }
}

/// <summary>A departure.</summary>
/// <param name="Scheduled">When it was to be: the event time.</param>
/// <param name="Reported">When it was: scheduled plus the delay.</param>
/// <param name="Origin">The airport.</param>
/// <param name="Row">The input row as it stood there.</param>
internal record struct Flight(DateTime Scheduled, DateTime Reported, string Origin, string Row);

/// <summary>What is kept of an airport's hour while it is open.</summary>
internal record struct DelaySum(long Flights, long TotalMinutes, long MaxMinutes);

/// <summary>The departures of an airport in an hour. A delay is negative where the flight left early.</summary>
internal record struct HourlyDelays(string Origin, DateTime Hour, long Flights, long TotalDelayMinutes, long MaxDelayMinutes);

internal sealed class SumDelays : WindowAggregate<string, Flight, DelaySum, HourlyDelays>
{
    public override DelaySum Create() => new(0, 0, long.MinValue);

    public override void Add(ref DelaySum sum, in Flight flight)
    {
        long minutes = (flight.Reported - flight.Scheduled).Ticks / TimeSpan.TicksPerMinute;
        sum.Flights++;
        sum.TotalMinutes += minutes;
        sum.MaxMinutes = Math.Max(sum.MaxMinutes, minutes);
    }

    public override HourlyDelays Result(string origin, Window window, in DelaySum sum) =>
        new(origin, window.Start, sum.Flights, sum.TotalMinutes, sum.MaxMinutes);
}
