using System.Diagnostics;
using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka.Tests.Commits;

/// <summary>
/// Generations, the head and the broker in every order in which things can happen: see <see cref="CommitMoves"/> for what can happen, and
/// <see cref="CommitInvariants"/> for what must.
/// </summary>
public sealed class CommitModelTests(ITestOutputHelper output)
{
    private const int MostStates = 4_000_000;

    private static readonly Dictionary<string, CommitModel> s_sizes = new()
    {
        ["a crash and two losses"] = new() { Crashes = 1, Losses = 2 },
        ["a late request and a time-out"] = new() { Crashes = 1, Delays = 1, TimeOuts = 1 },
        ["all faults, two epochs"] = new() { Epochs = 2, Crashes = 1, Losses = 1, Delays = 1, TimeOuts = 1, Aborts = 1 },
        ["checkpoints given up"] = new() { Crashes = 1, Losses = 1, Aborts = 2 },
        ["three generations"] = new() { Generations = 3, Epochs = 2, Crashes = 1, Losses = 1 },
        ["a copy with a lineage of its own"] = new() { HasCopy = true, Generations = 1, Epochs = 2, Losses = 2, TimeOuts = 1 },
        ["a copy beside two generations"] = new() { HasCopy = true, Epochs = 2, Losses = 1 },
        ["a record forgotten"] = new() { Crashes = 1, Losses = 1, Forgets = 1 },
        ["a record renewed"] = new() { Epochs = 2, Crashes = 1, Losses = 1, TimeOuts = 1, Aborts = 1, Renewals = 2 },
        ["a record renewed when it may be forgotten"] = new() { Epochs = 2, Crashes = 1, Losses = 1, Forgets = 1, Renewals = 1 },
        ["an older copy brought back"] = new() { Crashes = 1, Losses = 1, Restores = 1 },
    };

    public static TheoryData<string> Sizes => [.. s_sizes.Keys];

    [Theory, MemberData(nameof(Sizes))]
    public void Readers_see_each_named_epoch_once_and_nothing_else(string size)
    {
        CommitSearchResult result = Search(s_sizes[size]);
        Assert.True(result.Violation is null, $"{result.Violation}{Environment.NewLine}{string.Join(Environment.NewLine, result.Way)}");
        Assert.True(result.Ends > 0, "No run comes to an end.");
    }

    [Theory]
    [InlineData((int)CommitFaults.CommitBeforeHead)]
    [InlineData((int)CommitFaults.EpochNotRecorded)]
    [InlineData((int)CommitFaults.EpochRecordedOutside)]
    [InlineData((int)CommitFaults.NeverAsk)]
    [InlineData((int)CommitFaults.NeverInitialise)]
    [InlineData((int)CommitFaults.AskBeforeInitialise)]
    [InlineData((int)CommitFaults.LostIsDone)]
    [InlineData((int)CommitFaults.LostIsNotDone)]
    [InlineData((int)CommitFaults.IgnoreLineage)]
    [InlineData((int)CommitFaults.ForgottenIsNotOut)]
    [InlineData((int)CommitFaults.TrustOlderCopy)]
    public void Every_mutant_is_found(int mutant)
    {
        var fault = (CommitFaults)mutant;
        CommitSearchResult result = Search(new CommitModel
        {
            Epochs = 2,
            Crashes = 1,
            Losses = 1,
            Mutant = fault,
            ToleratesRefusals = true,
            HasCopy = fault == CommitFaults.IgnoreLineage,
            Forgets = fault == CommitFaults.ForgottenIsNotOut ? 1 : 0,
            Restores = fault == CommitFaults.TrustOlderCopy ? 1 : 0,
        });
        Assert.True(result.Violation is not null, "It goes unnoticed.");
        output.WriteLine(string.Join(Environment.NewLine, result.Way));
    }

    [Fact]
    public void Every_mutant_there_is_is_tried()
    {
        IEnumerable<CommitFaults> tried = typeof(CommitModelTests).GetMethod(nameof(Every_mutant_is_found))!
            .GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(InlineDataAttribute))
            .Select(attribute => (IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)attribute.ConstructorArguments[0].Value!)
            .Select(arguments => (CommitFaults)(int)arguments[0].Value!);
        Assert.Equal(Enum.GetValues<CommitFaults>().Skip(1), tried);
    }

    private CommitSearchResult Search(CommitModel model)
    {
        var watch = Stopwatch.StartNew();
        CommitSearchResult result = new CommitSearch(model).Run(MostStates);
        output.WriteLine($"{result.States:N0} states, {result.Transitions:N0} moves, {result.Ends} ends, {watch.Elapsed.TotalSeconds:F1} s: {result.Violation ?? "holds"}");
        return result;
    }
}
