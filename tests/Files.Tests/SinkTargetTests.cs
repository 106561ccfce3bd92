using Gristmill.Checkpoints;

namespace Gristmill.Files.Tests;

/// <summary>No two file sinks of a job publish the same names.</summary>
public sealed class SinkTargetTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Sinks_that_share_directory_and_prefix_are_refused_naming_both()
    {
        string sameElsewhere = _directory["sub/.."] + Path.DirectorySeparatorChar;
        var error = Assert.Throws<JobConfigurationException>(() => Build(Csv.Write<Item>(_directory.Path), Csv.Write<Item>(sameElsewhere)).Dispose());
        string fault = Assert.Single(error.Faults);
        Assert.Contains("'first' and 'second'", fault, StringComparison.Ordinal);
        Assert.Contains(_directory["part"], fault, StringComparison.Ordinal);
        Assert.Contains("another directory or Prefix", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Sinks_of_another_prefix_or_directory_are_not()
    {
        Build(Csv.Write<Item>(_directory.Path), Csv.Write<Item>(_directory.Path, o => o.Prefix = "late")).Dispose();
        Build(Csv.Write<Item>(_directory.Path), JsonLines.Write<Item>(_directory["late"])).Dispose();
    }

    private static EmbeddedJob Build(Sink<Item> first, Sink<Item> second)
    {
        var options = new GristmillOptions();
        options.Checkpoints.Store = new MemoryCheckpointStore();
        return new EmbeddedJob("job", new TwoSinks(first, second), options);
    }

    private sealed class TwoSinks(Sink<Item> first, Sink<Item> second) : IJob
    {
        public void Build(JobBuilder job)
        {
            Stream<Item> items = job.From("in", InMemory.Of(new Item(1, "a")));
            items.To("first", first);
            items.To("second", second);
        }
    }
}
