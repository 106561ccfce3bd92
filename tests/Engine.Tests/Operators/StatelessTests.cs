namespace Gristmill.Engine.Tests.Operators;

public sealed class StatelessTests
{
    private static readonly int[] Numbers = [.. Enumerable.Range(0, 100)];

    [Theory, InlineData(1), InlineData(3)]
    public Task Select_makes_each_record_into_another(int parallelism)
        => YieldsAsync(parallelism, numbers => numbers.Select(n => $"<{n}>"), Numbers.Select(n => $"<{n}>"));

    [Theory, InlineData(1), InlineData(3)]
    public Task Select_reads_records_in_place_when_told_to(int parallelism)
        => YieldsAsync(parallelism, numbers => numbers.Select((in int n) => n * 2L), Numbers.Select(n => n * 2L));

    [Theory, InlineData(1), InlineData(3)]
    public Task Where_keeps_the_records_that_match(int parallelism)
        => YieldsAsync(parallelism, numbers => numbers.Where(n => n % 3 == 0).Where((in int n) => n > 10), Numbers.Where(n => n % 3 == 0 && n > 10));

    [Theory, InlineData(1), InlineData(3)]
    public Task Where_that_matches_nothing_yields_nothing(int parallelism)
        => YieldsAsync(parallelism, numbers => numbers.Where(_ => false), []);

    [Theory, InlineData(1), InlineData(3)]
    public Task SelectMany_makes_each_record_into_any_number_of_others_of_arrays_lists_and_iterators(int parallelism)
    {
        static IEnumerable<int> Copies(int n) => (n % 4) switch
        {
            0 => [],
            1 => new[] { n },
            2 => new List<int> { n, n },
            _ => Enumerable.Repeat(n, 9),
        };
        return YieldsAsync(parallelism, numbers => numbers.SelectMany(Copies), Numbers.SelectMany(Copies));
    }

    [Theory, InlineData(1), InlineData(3)]
    public Task Union_reads_several_streams_as_one(int parallelism)
        => YieldsAsync(parallelism, numbers => numbers.Where(n => n < 50).Union(numbers.Where(n => n >= 50), numbers), Numbers.Concat(Numbers));

    [Theory, InlineData(1), InlineData(3)]
    public Task A_chain_of_all_of_them_is_what_LINQ_makes_of_it(int parallelism)
        => YieldsAsync(
            parallelism,
            numbers => numbers.Select(n => n + 1).Where(n => n % 2 == 0).SelectMany(n => Enumerable.Range(0, n % 5)).Select(n => n * n).Union(numbers),
            Numbers.Select(n => n + 1).Where(n => n % 2 == 0).SelectMany(n => Enumerable.Range(0, n % 5)).Select(n => n * n).Concat(Numbers));

    [Theory, InlineData(1), InlineData(3)]
    public async Task A_stream_may_be_read_several_times(int parallelism)
    {
        Collected<int> all = new(), even = new();
        Collected<long> doubled = new();
        await Run.ToEndAsync(
            job =>
            {
                Stream<int> numbers = job.From("numbers", InMemory.From(Numbers, 3)).Select(n => n);
                numbers.To("all", all);
                numbers.Where(n => n % 2 == 0).To("even", even);
                numbers.Select(n => 2L * n).To("doubled", doubled);
            },
            Run.Options(parallelism));
        Assert.Equal(Numbers, all.Rows.Order());
        Assert.Equal(Numbers.Where(n => n % 2 == 0), even.Rows.Order());
        Assert.Equal(Numbers.Select(n => 2L * n), doubled.Rows.Order());
    }

    [Fact]
    public async Task Order_is_kept_within_a_split()
    {
        var out1 = new Collected<int>();
        await Run.ToEndAsync(job => job.From("numbers", InMemory.Of(Numbers)).Select(n => n).Where(n => n != 7).To("out", out1));
        Assert.Equal(Numbers.Where(n => n != 7), out1.Rows);
    }

    [Theory, InlineData(1, 3), InlineData(3, 1), InlineData(3, 2)]
    public async Task Operators_of_different_parallelism_lose_and_double_nothing(int source, int rest)
    {
        var collected = new Collected<int>();
        await Run.ToEndAsync(
            job =>
            {
                Stream<int> numbers = job.From("numbers", InMemory.From(Numbers, 4)).WithParallelism(source);
                numbers.Select(n => n + 1).WithParallelism(rest).To("out", collected).WithParallelism(1);
            },
            Run.Options(2));
        Assert.Equal(Numbers.Select(n => n + 1), collected.Rows.Order());
    }

    [Fact]
    public async Task A_source_with_fewer_splits_than_subtasks_and_one_without_records_end_well()
    {
        Collected<int> few = new(), none = new();
        await Run.ToEndAsync(
            job =>
            {
                job.From("few", InMemory.Of(1, 2)).KeyBy(n => n).Process("copy", () => new Copy()).To("few-out", few);
                job.From("none", InMemory.Of<int>()).KeyBy(n => n).Process("copy-none", () => new Copy()).To("none-out", none);
            },
            Run.Options(3));
        Assert.Equal([1, 2], few.Rows.Order());
        Assert.Empty(none.Rows);
    }

    private static async Task YieldsAsync<T>(int parallelism, Func<Stream<int>, Stream<T>> make, IEnumerable<T> expected)
    {
        var collected = new Collected<T>();
        await Run.ToEndAsync(job => make(job.From("numbers", InMemory.From(Numbers, 3))).To("out", collected), Run.Options(parallelism));
        Assert.Equal(expected.Order(), collected.Rows.Order());
    }

    private sealed class Copy : KeyedProcessor<int, int, int>
    {
        public override void OnRecord(in int record, ProcessorContext<int, int> context) => context.Emit(in record);
    }
}
