using System.Diagnostics;
using Gristmill.Protocol.Tests.Model;

namespace Gristmill.Protocol.Tests.Replication;

/// <summary>
/// Clients, replicas and reconfigurations in every order in which things can happen: see <see cref="ReplicaMoves"/> for what can
/// happen and what must. Nobody who was told of a version is ever told less, and no version has two movers.
/// </summary>
public sealed class ReplicaModelTests(ITestOutputHelper output)
{
    /// <summary>About a gigabyte.</summary>
    private const int MostStates = 3_000_000;

    private static readonly Dictionary<string, ReplicaModelOptions> s_sizes = new()
    {
        ["crash and reconfiguration"] = new(),
        ["one after the other"] = new() { OneAfterTheOther = true },
        ["outcomes forgotten"] = new() { OneAfterTheOther = true, Remembers = 1, Reconfigurations = 0, Crashes = 0, Tries = 3, OtherTries = 2 },
        ["a message twice"] = new() { Doubles = 1, Tries = 1 },
        ["two reconfigurations"] = new() { Reconfigurations = 2, Tries = 1 },
        ["two reconfigurations, two tries"] = new() { Reconfigurations = 2, Crashes = 0 },
        ["two tries each"] = new() { OtherTries = 2 },
        ["two reads"] = new() { ReadTries = 2 },
        ["all"] = new() { Reconfigurations = 2, Doubles = 1 },
    };

    [Theory]
    [InlineData("crash and reconfiguration")]
    [InlineData("one after the other")]
    [InlineData("outcomes forgotten")]
    [InlineData("a message twice")]
    [InlineData("two reconfigurations")]
    public void No_acknowledged_move_is_lost_and_heads_are_linearizable(string size) => Holds(s_sizes[size]);

    /// <summary>The same at sizes that take minutes: run the test program with -explicit only</summary>
    [Theory(Explicit = true)]
    [InlineData("two reconfigurations, two tries")]
    [InlineData("two tries each")]
    [InlineData("two reads")]
    [InlineData("all")]
    public void Larger_sizes_hold_too(string size) => Holds(s_sizes[size]);

    [Theory]
    [InlineData((int)ReplicationFaults.ServeSealedEpoch)]
    [InlineData((int)ReplicationFaults.AnswerBeforeBackup)]
    [InlineData((int)ReplicationFaults.ReadWithoutBackup)]
    [InlineData((int)ReplicationFaults.ForgetOutcomes)]
    [InlineData((int)ReplicationFaults.InstallTwice)]
    public void Every_mutant_of_a_replica_is_found(int mutant)
    {
        var found = (ReplicationFaults)mutant;
        var result = Search(new ReplicaModelOptions
        {
            Mutant = found,
            Doubles = found == ReplicationFaults.InstallTwice ? 1 : 0,
            Tries = found == ReplicationFaults.ForgetOutcomes ? 2 : 1,
            Crashes = 0,
        });
        Assert.NotNull(result.Violation);
    }

    [Fact]
    public void Every_mutant_there_is_is_tried()
    {
        var tried = typeof(ReplicaModelTests).GetMethod(nameof(Every_mutant_of_a_replica_is_found))!
            .GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(InlineDataAttribute))
            .Select(attribute => (IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)attribute.ConstructorArguments[0].Value!)
            .Select(arguments => (ReplicationFaults)(int)arguments[0].Value!);
        Assert.Equal(Enum.GetValues<ReplicationFaults>().Skip(1), tried);
    }

    [Fact]
    public void A_record_written_over_another_is_found() =>
        Assert.NotNull(Search(new ReplicaModelOptions { BlindRecord = true, Reconfigurations = 2, Tries = 1, Crashes = 0 }).Violation);

    [Fact]
    public void A_copy_of_a_replica_that_is_not_sealed_is_found() =>
        Assert.NotNull(Search(new ReplicaModelOptions { NoSeal = true }).Violation);

    private void Holds(ReplicaModelOptions options)
    {
        var result = Search(options);
        Assert.Null(result.Violation);
        Assert.True(result.Exhausted && result.Ends > 0, "Some states were not visited.");
    }

    private ModelResult Search(ReplicaModelOptions options)
    {
        var watch = Stopwatch.StartNew();
        var result = new ReplicaSearch(options).Run(MostStates);
        output.WriteLine($"{result}{Environment.NewLine}{watch.Elapsed.TotalSeconds:F1} s, {options}");
        return result;
    }
}
