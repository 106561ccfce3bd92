using System.Diagnostics;
using Gristmill.Protocol.Tests.Model;

namespace Gristmill.Protocol.Tests;

/// <summary>
/// Coordinator, alignment, sources, fencing and recovery together, in every order in which things can happen, with at most
/// one fault of any kind at any place: see <see cref="Moves"/> for what can happen and <see cref="Oracle"/> for what must.
/// The final checkpoint is always there; one that is asked for makes two.
/// </summary>
public sealed class ExhaustiveModelTests(ITestOutputHelper output)
{
    [Fact]
    public void Two_checkpoints_survive_any_one_fault_in_any_order_of_events() =>
        Holds(new ModelOptions());

    [Fact]
    public void Two_checkpoints_open_at_once_survive_any_one_fault() =>
        Holds(new ModelOptions { MaxConcurrent = 2 });

    [Fact]
    public void A_generation_that_lives_on_behind_a_partition_changes_nothing() =>
        Holds(new ModelOptions { ManualCheckpoints = 0, Partitions = true });

    [Fact]
    public void Three_joiners_behind_two_sources_agree_on_every_checkpoint() =>
        Holds(new ModelOptions { Joiners = 3, ManualCheckpoints = 0, Faults = 0 });

    [Fact]
    public void A_stop_and_a_start_lose_and_repeat_nothing() =>
        Holds(new ModelOptions { ManualCheckpoints = 0, StopRequest = true, Faults = 0, RecordsPerSource = 2 });

    [Fact]
    public void At_least_once_loses_nothing_under_any_one_fault() =>
        Holds(new ModelOptions { ManualCheckpoints = 0, Mode = AlignmentMode.AtLeastOnce });

    [Fact]
    public void Barriers_that_are_overtaken_lose_and_repeat_nothing_under_any_one_fault() =>
        Holds(new ModelOptions { Overtaking = true });

    [Fact]
    public void Records_in_flight_come_back_in_their_order() =>
        Holds(new ModelOptions { Overtaking = true, RecordsPerSource = 2, MaxConcurrent = 2, Faults = 0 });

    /// <summary>The same at sizes that take minutes: run the test program with -explicit only</summary>
    [Theory(Explicit = true)]
    [InlineData("two faults")]
    [InlineData("stop, one fault")]
    [InlineData("at least once, two checkpoints")]
    [InlineData("three joiners, two checkpoints")]
    [InlineData("more records")]
    [InlineData("three checkpoints, two at once, four records")]
    [InlineData("three joiners, one fault")]
    [InlineData("partition, two checkpoints")]
    [InlineData("overtaking, three checkpoints, two at once")]
    [InlineData("overtaking, three joiners, two checkpoints")]
    public void Larger_sizes_hold_too(string which) => Holds(which switch
    {
        "more records" => new ModelOptions { RecordsPerSource = 2 },
        "partition, two checkpoints" => new ModelOptions { Partitions = true },
        "overtaking, three checkpoints, two at once" => new ModelOptions { Overtaking = true, ManualCheckpoints = 2, MaxConcurrent = 2 },
        "overtaking, three joiners, two checkpoints" => new ModelOptions { Overtaking = true, Joiners = 3, Faults = 0 },
        "three joiners, one fault" => new ModelOptions { Joiners = 3, ManualCheckpoints = 0 },
        "three joiners, two checkpoints" => new ModelOptions { Joiners = 3, Faults = 0 },
        "three checkpoints, two at once, four records" =>
            new ModelOptions { RecordsPerSource = 2, ManualCheckpoints = 2, MaxConcurrent = 2, Faults = 0 },
        "stop, one fault" => new ModelOptions { ManualCheckpoints = 0, StopRequest = true },
        "at least once, two checkpoints" => new ModelOptions { Mode = AlignmentMode.AtLeastOnce },
        _ => new ModelOptions { ManualCheckpoints = 0, Faults = 2 },
    });

    [Theory]
    [InlineData((int)ProtocolFaults.MoveHeadBeforeManifest, 1, false)]
    [InlineData((int)ProtocolFaults.AlignWrongSide, 1, false)]
    [InlineData((int)ProtocolFaults.SkipGenerationCheck, 1, false)]
    [InlineData((int)ProtocolFaults.SkipGenerationCheck, 2, true)]
    [InlineData((int)ProtocolFaults.CommitBeforeAllAcks, 1, true)]
    [InlineData((int)ProtocolFaults.AcceptLateAck, 2, true)]
    [InlineData((int)ProtocolFaults.ApplyBeforeHead, 1, true)]
    [InlineData((int)ProtocolFaults.ForgetInFlight, 2, false)]
    [InlineData((int)ProtocolFaults.CopyBehindBarrier, 2, false)]
    public void Every_mutant_planted_in_the_protocol_is_found(int mutant, int checkpoints, bool inCoordinatorOnly)
    {
        var result = Search(new ModelOptions
        {
            ManualCheckpoints = checkpoints - 1,
            Mutant = (ProtocolFaults)mutant,
            MutantInCoordinatorOnly = inCoordinatorOnly,
            Overtaking = (ProtocolFaults)mutant is ProtocolFaults.ForgetInFlight or ProtocolFaults.CopyBehindBarrier,
        });
        Assert.NotNull(result.Violation);
        Assert.NotEmpty(result.Trace);
    }

    [Fact]
    public void What_was_in_flight_and_comes_back_behind_new_records_is_found()
    {
        var result = Search(new ModelOptions { Overtaking = true, RecordsPerSource = 2, Mutant = ProtocolFaults.RestoreInFlightLast });
        Assert.Contains("emitted earlier", result.Violation, StringComparison.Ordinal);
    }

    [Fact]
    public void The_mutants_above_are_all_there_are_in_the_protocol()
    {
        var tried = typeof(ExhaustiveModelTests).GetMethod(nameof(Every_mutant_planted_in_the_protocol_is_found))!
            .GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(InlineDataAttribute))
            .Select(attribute => (IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)attribute.ConstructorArguments[0].Value!)
            .Select(arguments => (int)arguments[0].Value!)
            .Aggregate(0, (all, one) => all | one);
        Assert.Equal(ProtocolFaults.InProtocol, (ProtocolFaults)tried);
    }

    private void Holds(ModelOptions options)
    {
        var result = Search(options);
        Assert.Null(result.Violation);
        Assert.True(result.Exhausted, "Some states were not visited.");
        Assert.True(result.States > 0 && result.Ends > 0, "Nothing was visited.");
        Assert.True(result.EveryRunEnds, "There is a way round in a circle.");
    }

    private ModelResult Search(ModelOptions options)
    {
        var watch = Stopwatch.StartNew();
        var result = new ModelChecker(options).Run();
        output.WriteLine($"{result}{Environment.NewLine}{watch.Elapsed.TotalSeconds:F1} s, {options}");
        return result;
    }
}
