using Gristmill.TestKit.Simulation;

namespace Gristmill.TestKit.Tests.Simulation;

/// <summary>What docs/testing.md shows, and that a user's own mistakes are found.</summary>
public sealed class UserJobTests
{
    private static readonly Order[] Orders = [.. Enumerable.Range(0, 120).Select(i => new Order($"customer {i % 7}", i))];

    [Fact]
    public void A_users_job_is_crash_tested_in_ten_lines()
    {
        SimulationReport report = JobSimulation.Run((job, sim) => job
            .From("orders", sim.Source(Orders, splits: 3))
            .WithTimestamps(order => (long)order.Amount)
            .KeyBy(order => order.Customer)
            .Window(Tumbling.Of(TimeSpan.FromMilliseconds(50)))
            .Aggregate("totals", new Total())
            .To("report", sim.Sink<CustomerTotal>("report")));

        report.ThrowIfFailed();
        Assert.Equal(200, report.Runs.Count);
        Assert.True(report.Runs.Sum(run => run.Counts.Crashes) > 200);
    }

    [Fact]
    public void State_kept_in_a_field_is_found_out()
    {
        SimulationReport report = JobSimulation.Run((job, sim) => job
            .From("orders", sim.Source(Orders, splits: 1))
            .KeyBy(order => order.Customer)
            .Process("totals", () => new CountsInAField())
            .To("report", sim.Sink<CustomerTotal>("report")));

        SimulationFailedException error = Assert.Throws<SimulationFailedException>(report.ThrowIfFailed);
        Assert.Contains("options.FirstSeed = ", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Run.Trace);
    }

    [Fact]
    public void A_job_that_cannot_start_is_said_to_be_wrong_already_without_faults()
    {
        SimulationReport report = JobSimulation.Run((job, sim) => job.From("orders", sim.Source(Orders)).To("orders", sim.Sink<Order>("report")));
        Assert.Contains("already without faults", report.Failures.First().Failure, StringComparison.Ordinal);
    }

    public sealed record Order(string Customer, int Amount);

    public sealed record CustomerTotal(string Customer, long Amount);

    private sealed class Total : WindowAggregate<string, Order, long, CustomerTotal>
    {
        public override void Add(ref long accumulator, in Order record) => accumulator += record.Amount;

        public override CustomerTotal Result(string key, Window window, in long accumulator) => new(key, accumulator);
    }

    private sealed class CountsInAField : KeyedProcessor<string, Order, CustomerTotal>
    {
        private readonly Dictionary<string, long> _totals = [];

        public override void OnRecord(in Order record, ProcessorContext<string, CustomerTotal> context)
        {
            _totals[context.Key] = _totals.GetValueOrDefault(context.Key) + record.Amount;
            context.Emit(new CustomerTotal(context.Key, _totals[context.Key]));
        }
    }
}
