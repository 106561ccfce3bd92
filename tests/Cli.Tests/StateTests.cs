using System.Text.Json;

namespace Gristmill.Cli.Tests;

/// <summary><c>state query</c> and <c>state dump</c>.</summary>
public sealed class StateTests(TripsFixture trips)
{
    [Theory]
    [InlineData("1", "Lyon", 0, Trips.First)]
    [InlineData("2", "Lyon", 0, Trips.All)]
    [InlineData("newest", "SFO", 0, Trips.All)]
    public async Task A_records_key_is_written_as_JSON_and_its_states_are_answered(string checkpoint, string airport, int day, int below)
    {
        foreach (string key in new[] { $"{{\"Airport\":\"{airport}\",\"Day\":{day}}}", $"{{\"day\":{day},\"airport\":\"{airport}\"}}", $"[\"{airport}\",{day}]" })
        {
            JsonElement answer = await QueryAsync("tally", key, "--checkpoint", checkpoint);
            Assert.True(answer.Flag("found"));
            JsonElement entry = answer.Items("entries").Single(entry => entry.Text("table") == "state");
            Assert.Equal((airport, (long)day), (entry.GetProperty("key").Text("Airport"), entry.GetProperty("key").Number("Day")));
            JsonElement states = entry.GetProperty("states");
            Assert.Equal(Trips.TotalOf(airport, day, below), states.Number("total"));
            Assert.Equal(states.Number("total"), states.Items("seen").Sum(number => number.GetInt64()));
            Assert.Equal(JsonValueKind.Object, states.GetProperty("tens").ValueKind);
        }
    }

    [Fact]
    public async Task Timers_of_a_key_come_with_its_states()
    {
        JsonElement answer = await QueryAsync("tally", "[\"JFK\",1]");
        JsonElement timer = answer.Items("entries").Single(entry => entry.Text("table") == "event-timers");
        Assert.Equal(86_400_000, timer.Number("scope"));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddDays(1), timer.GetProperty("scopeTime").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_windows_accumulator_comes_with_the_start_of_its_window()
    {
        JsonElement answer = await QueryAsync("hourly", "Lyon");
        JsonElement pane = Assert.Single(answer.Items("entries"));
        Assert.Equal(("panes", 0L), (pane.Text("table"), pane.Number("scope")));
        int expected = Enumerable.Range(0, Trips.All).Count(number => Trips.AirportOf(number) == "Lyon");
        Assert.Equal(expected, pane.GetProperty("states").EnumerateObject().Single().Value.GetInt32());
        Answer text = await Tool.RunAsync("state", "query", "--store", trips.Folder, "--operator", "hourly", "--key", "Lyon");
        text.Says("Lyon in panes, window from 1970-01-01 00:00:00Z", $": {expected}");
    }

    [Fact]
    public async Task A_tuple_finds_a_record_value()
    {
        JsonElement answer = await QueryAsync("pairs", "{\"Item1\":1,\"Item2\":\"LHR\"}");
        JsonElement last = Assert.Single(answer.Items("entries")).GetProperty("states").GetProperty("last");
        Assert.Equal(("LHR", 1L), (last.Text("Airport"), last.Number("Number") % 4));
        Answer text = await Tool.RunAsync("state", "query", "--store", trips.Folder, "--operator", "pairs", "--key", "[1,\"LHR\"]");
        text.Says("\"Airport\":\"LHR\"", "key group");
    }

    [Fact]
    public async Task A_key_without_state_is_not_found_which_is_no_error()
    {
        JsonElement answer = await QueryAsync("tally", "[\"nowhere\",1]");
        Assert.False(answer.Flag("found"));
        Assert.Empty(answer.Items("entries"));
        Assert.True((await QueryAsync("tally", "[\"SFO\",0]")).Flag("found"));
        Assert.False((await QueryAsync("tally", "[\"SFO\",0]", "--checkpoint", "1")).Flag("found"));
    }

    [Theory]
    [InlineData("Lyon", "record Place { Airport: string, Day: int32 }")]
    [InlineData("{\"Airport\":\"Lyon\"}", "lacks 'Day'")]
    [InlineData("{\"Airport\":\"Lyon\",\"Day\":1,\"Hour\":2}", "no member 'Hour'")]
    [InlineData("{\"Airport\":7,\"Day\":1}", "quotes")]
    [InlineData("[\"Lyon\",99999999999]", "Day")]
    [InlineData("[\"Lyon\"]", "has 2")]
    [InlineData("[\"Lyon\",null]", "Day is null")]
    public async Task A_key_that_does_not_fit_is_refused_with_the_schema_and_an_example(string key, string said)
        => await Tool.FailsAsync(
            ["state", "query", "--store", trips.Folder, "--operator", "tally", "--key", key], $"--key is '{key}'", said, "Airport: string", "'{\"Airport\":\"text\",\"Day\":7}'");

    [Fact]
    public async Task Operators_and_tables_that_are_not_there_are_named_with_those_that_are()
    {
        await Tool.FailsAsync(["state", "query", "--store", trips.Folder, "--operator", "tali", "--key", "1"], "--operator is 'tali'", "'hourly', 'pairs', 'tally'");
        await Tool.FailsAsync(["state", "dump", "--store", trips.Folder, "--operator", "trips"], "--operator is 'trips'", "'tally'");
        await Tool.FailsAsync(["state", "dump", "--store", trips.Folder, "--operator", "tally", "--table", "panes"], "--table is 'panes'", "'event-timers', 'state'");
        await Tool.FailsAsync(["state", "dump", "--store", trips.Folder, "--operator", "tally", "--limit", "0"], "--limit is '0'");
    }

    [Fact]
    public async Task A_dump_has_every_key_once()
    {
        JsonElement answer = await Tool.JsonAsync("state", "dump", "--store", trips.Folder, "--operator", "tally", "--table", "state");
        List<JsonElement> entries = answer.Items("entries");
        List<(string, int)> expected = [.. Enumerable.Range(0, Trips.All).Select(number => (Trips.AirportOf(number), number % 2)).Distinct().Order()];
        Assert.Equal(expected, entries.Select(entry => (entry.GetProperty("key").Text("Airport")!, (int)entry.GetProperty("key").Number("Day"))).Order());
        foreach (JsonElement entry in entries)
            Assert.Equal(Trips.TotalOf(entry.GetProperty("key").Text("Airport")!, (int)entry.GetProperty("key").Number("Day"), Trips.All), entry.GetProperty("states").Number("total"));
    }

    [Fact]
    public async Task A_dump_is_narrowed_by_key_and_cut_by_limit()
    {
        JsonElement one = await Tool.JsonAsync("state", "dump", "--store", trips.Folder, "--operator", "tally", "--key", "[\"JFK\",0]");
        Assert.Equal(["event-timers", "state"], one.Items("entries").Select(entry => entry.Text("table")));
        JsonElement two = await Tool.JsonAsync("state", "dump", "--store", trips.Folder, "--operator", "tally", "--limit", "2");
        Assert.Equal(2, two.Items("entries").Count);
        Answer text = await Tool.RunAsync("state", "dump", "--store", trips.Folder, "--operator", "tally", "--limit", "2");
        text.Says("2 entries or more", "--limit");
        Answer all = await Tool.RunAsync("state", "dump", "--store", trips.Folder, "--operator", "tally");
        all.Says("{\"Airport\":\"Lyon\",\"Day\":1}", "total: ", "due 1970-01-02 00:00:00Z", "16 entries");
    }

    private Task<JsonElement> QueryAsync(string operatorName, string key, params string[] more)
        => Tool.JsonAsync(["state", "query", "--store", trips.Folder, "--operator", operatorName, "--key", key, .. more]);
}
