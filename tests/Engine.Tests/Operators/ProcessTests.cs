namespace Gristmill.Engine.Tests.Operators;

public sealed class ProcessTests
{
    [Theory, InlineData(1), InlineData(3)]
    public async Task Value_state_is_each_keys_own(int parallelism)
    {
        Event[] events = Events.Make(300);
        var collected = new Collected<string>();
        await Run.ToEndAsync(
            job => job.From("events", InMemory.Of(events)).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", collected),
            Run.Options(parallelism));
        Assert.Equal(Events.RunningSums(events), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task The_key_may_be_read_in_place_and_be_a_tuple_or_a_record(int parallelism)
    {
        Event[] events = Events.Make(100);
        var collected = new Collected<string>();
        await Run.ToEndAsync(
            job => job.From("events", InMemory.Of(events)).KeyBy((in Event e) => (e.Key, Odd: e.Number % 2)).Process("count", () => new CountByPair()).To("out", collected),
            Run.Options(parallelism));
        Assert.Equal(
            events.GroupBy(e => (e.Key, e.Number % 2)).SelectMany(group => group.Select((_, i) => $"{group.Key}:{i + 1}")).Order(StringComparer.Ordinal),
            collected.Rows.Order(StringComparer.Ordinal));
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task List_state_adds_removes_and_changes_elements(int parallelism)
    {
        var collected = new Collected<string>();
        await Run.ToEndAsync(
            job => job.From("events", InMemory.Of(Events.Make(60, keys: 4))).KeyBy(e => e.Key).Process("lists", () => new Lists()).To("out", collected),
            Run.Options(parallelism));
        var expected = new Dictionary<string, List<int>>();
        var rows = new List<string>();
        foreach (Event e in Events.Make(60, keys: 4))
        {
            if (!expected.TryGetValue(e.Key, out List<int>? list))
                expected.Add(e.Key, list = []);
            list.Add(e.Number);
            list.RemoveAll(n => n % 7 == 0);
            if (list.Count > 2)
                list[0] = -1;
            if (list.Count == 5)
                list.Clear();
            rows.Add($"{e.Key}:{string.Join(",", list)}:{list.Count}");
        }

        Assert.Equal(rows.Order(StringComparer.Ordinal), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task Map_state_sets_finds_and_removes_entries(int parallelism)
    {
        var collected = new Collected<string>();
        await Run.ToEndAsync(
            job => job.From("events", InMemory.Of(Events.Make(80, keys: 3))).KeyBy(e => e.Key).Process("maps", () => new Maps()).To("out", collected),
            Run.Options(parallelism));
        var rows = new List<string>();
        var maps = new Dictionary<string, Dictionary<int, int>>();
        foreach (Event e in Events.Make(80, keys: 3))
        {
            if (!maps.TryGetValue(e.Key, out Dictionary<int, int>? map))
                maps.Add(e.Key, map = []);
            map[e.Number % 5] = map.GetValueOrDefault(e.Number % 5) + 1;
            if (e.Number % 11 == 0)
                map.Remove(e.Number % 4);
            rows.Add($"{e.Key}:{string.Join(",", map.OrderBy(m => m.Key).Select(m => $"{m.Key}={m.Value}"))}:{map.Count}:{map.ContainsKey(2)}");
        }

        Assert.Equal(rows.Order(StringComparer.Ordinal), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_cleared_value_does_not_exist_until_it_is_set_again()
    {
        var collected = new Collected<string>();
        await Run.ToEndAsync(job => job.From("numbers", InMemory.Of(1, 2, 0, 3, 0, 0, 4)).KeyBy(_ => "all").Process("clear", () => new Clearing()).To("out", collected));
        Assert.Equal(["False 0", "True 1", "True 3", "False 0", "True 3", "False 0", "False 0"], collected.Rows);
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task Side_outputs_carry_records_of_their_own_types_and_unread_ones_go_nowhere(int parallelism)
    {
        Collected<string> main = new();
        Collected<int> odd = new();
        Collected<(string, long)> big = new();
        await Run.ToEndAsync(
            job =>
            {
                OperatorStream<string> sorted = job.From("events", InMemory.Of(Events.Make(90))).KeyBy(e => e.Key).Process("sort", () => new Sorting());
                sorted.To("main", main);
                sorted.SideOutput(Sorting.Odd).To("odd", odd);
                sorted.SideOutput(Sorting.Big).Where(pair => pair.Item2 > 80).To("big", big);
            },
            Run.Options(parallelism));
        Assert.Equal(90, main.Count);
        Assert.Equal(Enumerable.Range(0, 90).Where(n => n % 2 == 1), odd.Rows.Order());
        Assert.Equal(Enumerable.Range(81, 9).Select(n => (long)n), big.Rows.Select(pair => pair.Item2).Order());
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task Event_timers_fire_in_order_of_time_once_the_watermark_has_passed_them(int parallelism)
    {
        Event[] events = [.. Events.Make(200, keys: 5).Select(e => e with { Time = e.Time * 10 })];
        var collected = new Collected<string>();
        await Run.ToEndAsync(
            job => job.From("events", InMemory.Of(events)).WithTimestamps(e => e.Time, TimeSpan.FromMilliseconds(30))
                .KeyBy(e => e.Key).Process("timers", () => new Quiet()).To("out", collected),
            Run.Options(parallelism));

        Assert.Equal(events.Select(e => $"{e.Time + 20:D5} {e.Key}").Order(StringComparer.Ordinal), collected.Rows.Order(StringComparer.Ordinal));
        if (parallelism == 1)
            Assert.Equal(collected.Rows.Order(StringComparer.Ordinal), collected.Rows);
    }

    [Fact]
    public async Task A_deleted_timer_does_not_fire_and_one_set_twice_fires_once()
    {
        var collected = new Collected<string>();
        Event[] events = [new("a", 1, 100), new("b", 2, 110), new("a", 3, 120)];
        await Run.ToEndAsync(job => job.From("events", InMemory.Of(events)).WithTimestamps(e => e.Time).KeyBy(e => e.Key).Process("timers", () => new Deleting()).To("out", collected));
        Assert.Equal(["b at 1000", "b at 2000"], collected.Rows);
    }

    [Fact]
    public async Task A_timer_set_by_a_timer_fires_in_its_turn_and_ones_in_the_past_as_soon_as_can_be()
    {
        var collected = new Collected<string>();
        Event[] events = [new("a", 1, 100), new("a", 2, 5000)];
        await Run.ToEndAsync(job => job.From("events", InMemory.Of(events)).WithTimestamps(e => e.Time).KeyBy(e => e.Key).Process("chain", () => new Chaining()).To("out", collected));
        Assert.Equal(["1", "110", "120", "130"], collected.Rows);
    }

    [Fact]
    public async Task Processing_timers_fire_by_the_hosts_clock()
    {
        var time = new ManualTime();
        var feed = new Feed<Event>().Add(new Event("a", 1, 0), new Event("b", 2, 0));
        var collected = new Collected<string>();
        using EmbeddedJob job = Run.Job(
            job => job.From("events", feed).KeyBy(e => e.Key).Process("later", () => new Later()).To("out", collected), Run.Options(), time: time);
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == 2, "both records are read");
        await job.CheckpointAsync().Soon();
        Assert.Empty(collected.Rows);

        time.Advance(TimeSpan.FromSeconds(59));
        await job.CheckpointAsync().Soon();
        Assert.Empty(collected.Rows);

        time.Advance(TimeSpan.FromSeconds(1));
        await Wait.UntilAsync(() => job.Progress.RecordsOut == 2, "the timers have fired");
        feed.Complete();
        await job.CompletesAsync();
        Assert.Equal(["a ProcessingTime", "b ProcessingTime"], collected.Rows.Order(StringComparer.Ordinal));
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task Connect_gives_both_inputs_the_same_state(int parallelism)
    {
        Event[] orders = Events.Make(50, keys: 6);
        var collected = new Collected<string>();
        await Run.ToEndAsync(
            job =>
            {
                KeyedStream<string, Event> left = job.From("orders", InMemory.From(orders, 2)).KeyBy(e => e.Key);
                KeyedStream<string, (string Key, int Factor)> right = job.From("factors", InMemory.Of<(string Key, int Factor)>(("ant", 2), ("bee", 3), ("ant", 4), ("yak", 9))).KeyBy(f => f.Key);
                left.Connect(right).Process("join", () => new Both()).To("out", collected);
            },
            Run.Options(parallelism));

        // The last thing each key says is the same, whatever order the inputs came in.
        Dictionary<string, string> last = collected.Rows.Where(row => row.EndsWith(" done", StringComparison.Ordinal)).ToDictionary(row => row.Split(' ')[0]);
        Assert.Equal(7, last.Count);
        foreach (IGrouping<string, Event> group in orders.GroupBy(e => e.Key))
        {
            int factors = group.Key switch { "ant" => 6, "bee" => 3, _ => 0 };
            Assert.Equal($"{group.Key} {group.Sum(e => e.Number)} {factors} done", last[group.Key]);
        }

        Assert.Equal("yak 0 9 done", last["yak"]);
    }

    [Fact]
    public async Task The_context_tells_key_timestamp_and_watermark()
    {
        var collected = new Collected<string>();
        var feed = new Feed<Event>().Add(new Event("a", 1, 1000));
        using EmbeddedJob job = Run.Job(job => job.From("events", feed).WithTimestamps(e => e.Time, TimeSpan.FromMilliseconds(100)).KeyBy(e => e.Key).Process("tell", () => new Telling()).To("out", collected));
        job.Start();
        await Wait.UntilAsync(() => job.Status.Watermark == 900, "the watermark is at the first record less the bound");
        feed.Add(new Event("b", 2, 950)).Complete();
        await job.CompletesAsync();
        Assert.Equal([$"a 1000 {long.MinValue}", "b 950 900"], collected.Rows);
    }

    private sealed class CountByPair : KeyedProcessor<(string, int), Event, string>
    {
        private ValueState<int> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnRecord(in Event record, ProcessorContext<(string, int), string> context) => context.Emit($"{context.Key}:{++_count.Update()}");
    }

    private sealed class Lists : KeyedProcessor<string, Event, string>
    {
        private ListState<int> _list = null!;

        public override void Open(StateDeclarations states) => _list = states.List<int>("list");

        public override void OnRecord(in Event record, ProcessorContext<string, string> context)
        {
            _list.Add(record.Number);
            _list.RemoveAll(n => n % 7 == 0);
            if (_list.Count > 2)
                _list[0] = -1;
            if (_list.Count == 5)
                _list.Clear();
            context.Emit($"{context.Key}:{string.Join(",", _list)}:{_list.Count}");
        }
    }

    private sealed class Maps : KeyedProcessor<string, Event, string>
    {
        private MapState<int, int> _map = null!;

        public override void Open(StateDeclarations states) => _map = states.Map<int, int>("map");

        public override void OnRecord(in Event record, ProcessorContext<string, string> context)
        {
            _map[record.Number % 5] = _map.TryGetValue(record.Number % 5, out int n) ? n + 1 : 1;
            if (record.Number % 11 == 0)
                _map.Remove(record.Number % 4);
            context.Emit($"{context.Key}:{string.Join(",", _map.OrderBy(m => m.Key).Select(m => $"{m.Key}={m.Value}"))}:{_map.Count}:{_map.ContainsKey(2)}");
        }
    }

    private sealed class Clearing : KeyedProcessor<string, int, string>
    {
        private ValueState<int> _sum = null!;
        private ValueState<string> _other = null!;

        public override void Open(StateDeclarations states)
        {
            _sum = states.Value<int>("sum");
            _other = states.Value<string>("other");
        }

        public override void OnRecord(in int record, ProcessorContext<string, string> context)
        {
            context.Emit($"{_sum.Exists} {_sum.Value}");
            if (record == 0)
            {
                _sum.Clear();
                _other.Clear();
                return;
            }

            _sum.Value += record;
            _other.Value = "set";
        }
    }

    private sealed class Sorting : KeyedProcessor<string, Event, string>
    {
        public static readonly SideOutput<int> Odd = new("odd");
        public static readonly SideOutput<(string, long)> Big = new("big");
        public static readonly SideOutput<Event> Unread = new("unread");

        public override void OnRecord(in Event record, ProcessorContext<string, string> context)
        {
            context.Emit(record.Key);
            context.Emit(Unread, in record);
            if (record.Number % 2 == 1)
                context.Emit(Odd, record.Number);
            if (record.Number > 50)
                context.Emit(Big, (record.Key, (long)record.Number));
        }
    }

    private sealed class Quiet : KeyedProcessor<string, Event, string>
    {
        public override void OnRecord(in Event record, ProcessorContext<string, string> context)
            => context.SetTimer(TimerKind.EventTime, record.Time + 20);

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, string> context)
        {
            Assert.True(context.Watermark >= timer.Time);
            context.Emit($"{timer.Time:D5} {context.Key}");
        }
    }

    private sealed class Deleting : KeyedProcessor<string, Event, string>
    {
        public override void OnRecord(in Event record, ProcessorContext<string, string> context)
        {
            if (record.Number == 3)
            {
                context.DeleteTimer(TimerKind.EventTime, 1000);
                context.DeleteTimer(TimerKind.EventTime, 1234);
                return;
            }

            context.SetTimer(TimerKind.EventTime, 1000);
            context.SetTimer(TimerKind.EventTime, 1000);
            if (record.Key != "b")
                return;
            context.SetTimer(TimerKind.EventTime, 2000);
            context.DeleteTimer(TimerKind.EventTime, 2000);
            context.SetTimer(TimerKind.EventTime, 2000);
        }

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, string> context) => context.Emit($"{context.Key} at {timer.Time}");
    }

    private sealed class Chaining : KeyedProcessor<string, Event, string>
    {
        public override void OnRecord(in Event record, ProcessorContext<string, string> context)
            => context.SetTimer(TimerKind.EventTime, record.Number == 1 ? 110 : 1);

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, string> context)
        {
            context.Emit($"{timer.Time}");
            if (timer.Time is 110 or 120)
                context.SetTimer(TimerKind.EventTime, timer.Time + 10);
        }
    }

    private sealed class Later : KeyedProcessor<string, Event, string>
    {
        public override void OnRecord(in Event record, ProcessorContext<string, string> context)
            => context.SetTimer(TimerKind.ProcessingTime, context.ProcessingTime + 60_000);

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, string> context) => context.Emit($"{context.Key} {timer.Kind}");
    }

    private sealed class Both : KeyedProcessor<string, Event, (string Key, int Factor), string>
    {
        private ValueState<long> _sum = null!;
        private ValueState<int> _factors = null!;

        public override void Open(StateDeclarations states)
        {
            _sum = states.Value<long>("sum");
            _factors = states.Value<int>("factors");
        }

        public override void OnLeft(in Event record, ProcessorContext<string, string> context)
        {
            _sum.Update() += record.Number;
            context.SetTimer(TimerKind.EventTime, 1_000_000);
        }

        public override void OnRight(in (string Key, int Factor) record, ProcessorContext<string, string> context)
        {
            _factors.Update() += record.Factor;
            context.SetTimer(TimerKind.EventTime, 1_000_000);
        }

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, string> context) => context.Emit($"{context.Key} {_sum.Value} {_factors.Value} done");
    }

    private sealed class Telling : KeyedProcessor<string, Event, string>
    {
        public override void OnRecord(in Event record, ProcessorContext<string, string> context) => context.Emit($"{context.Key} {context.Timestamp} {context.Watermark}");
    }
}
