using System.Globalization;
using Spectre.Console;

namespace Gristmill.Samples.Flights;

/// <summary>The whole result, read from its files: whichever runs wrote them.</summary>
internal sealed class DelayReport
{
    private const int Worst = 10;

    private readonly Dictionary<string, HourlyDelays> _airports = new(StringComparer.Ordinal);
    private long _rows;
    private long _late;

    private DelayReport()
    {
    }

    public static DelayReport Read(string output)
    {
        var report = new DelayReport();
        foreach (string row in Rows(FlightDelays.ReportFolder(output)))
            report.Add(row);
        report._late = Rows(FlightDelays.LateFolder(output)).LongCount();
        return report;
    }

    public void Print(Settings settings)
    {
        long flights = _airports.Values.Sum(airport => airport.Flights);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{flights:N0} flights from {_airports.Count:N0} airports: {_rows:N0} rows in {FlightDelays.ReportFolder(settings.Output)}, {_late:N0} late ones in {FlightDelays.LateFolder(settings.Output)}."));
        if (_airports.Count == 0)
            return;
        Table table = new Table().Title("The ten worst airports, by average delay").Border(TableBorder.Rounded)
            .AddColumn("airport").AddColumn("average delay, min", Right).AddColumn("flights", Right).AddColumn("longest delay, min", Right);
        foreach (HourlyDelays airport in _airports.Values.OrderByDescending(Average).ThenBy(a => a.Origin, StringComparer.Ordinal).Take(Worst))
            table.AddRow(Markup.Escape(airport.Origin), Text($"{Average(airport):N1}"), Text($"{airport.Flights:N0}"), Text($"{airport.MaxDelayMinutes:N0}"));
        AnsiConsole.Write(table);
    }

    private static void Right(TableColumn column) => column.RightAligned();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static double Average(HourlyDelays airport) => (double)airport.TotalDelayMinutes / airport.Flights;

    private void Add(string row)
    {
        // The airport's name may hold anything; what follows it does not.
        string[] fields = row.Split(',');
        string origin = string.Join(',', fields[..^4]);
        long flights = Number(fields[^3]), total = Number(fields[^2]), longest = Number(fields[^1]);
        _rows++;
        _airports[origin] = _airports.TryGetValue(origin, out HourlyDelays known)
            ? known with { Flights = known.Flights + flights, TotalDelayMinutes = known.TotalDelayMinutes + total, MaxDelayMinutes = Math.Max(known.MaxDelayMinutes, longest) }
            : new HourlyDelays(origin, default, flights, total, longest);
    }

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);

    private static IEnumerable<string> Rows(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.csv").SelectMany(file => File.ReadLines(file).Skip(1))
        : [];
}
