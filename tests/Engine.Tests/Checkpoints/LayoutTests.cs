using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Checkpoints;

public sealed class LayoutTests
{
    [Fact]
    public void Names_are_as_documented()
    {
        Assert.Equal("job/checkpoint-000010/manifest-g3.json", CheckpointLayout.Manifest("job", 10, 3));
        Assert.Equal("job/checkpoint-000010/g3-node0.state", CheckpointLayout.NodeFile("job", 10, 3, 0));
        Assert.Equal("job/history.jsonl", CheckpointLayout.History("job"));
        Assert.Equal("job/savepoints/v2/", CheckpointLayout.SavepointPrefix("job", "v2"));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(999_999, 7, 12)]
    [InlineData(1_000_000, 12345, 3)]
    [InlineData(long.MaxValue, long.MaxValue, int.MaxValue)]
    public void Every_name_made_is_parsed_back(long checkpoint, long generation, int node)
    {
        Assert.Equal(
            new CheckpointObject(CheckpointObjectKind.Manifest, "job", checkpoint, generation, -1),
            CheckpointLayout.Parse(CheckpointLayout.Manifest("job", checkpoint, generation)));
        Assert.Equal(
            new CheckpointObject(CheckpointObjectKind.NodeFile, "job", checkpoint, generation, node),
            CheckpointLayout.Parse(CheckpointLayout.NodeFile("job", checkpoint, generation, node)));
    }

    [Theory]
    [InlineData("job/checkpoint-10/manifest-g3.json")]
    [InlineData("job/checkpoint-0000010/manifest-g3.json")]
    [InlineData("job/checkpoint-000010/manifest-g03.json")]
    [InlineData("job/checkpoint-000010/manifest-g.json")]
    [InlineData("job/checkpoint-000010/manifest-g-3.json")]
    [InlineData("job/checkpoint-000010/manifest-g+3.json")]
    [InlineData("job/checkpoint-000010/manifest-g99999999999999999999.json")]
    [InlineData("job/checkpoint-000010/g3-node0.state.bak")]
    [InlineData("job/checkpoint-000010/g3-node99999999999.state")]
    [InlineData("job/checkpoint-000010/g3-node0-node1.state")]
    [InlineData("job/checkpoint-000010/sub/manifest-g3.json")]
    [InlineData("job/checkpoint-000010")]
    [InlineData("job/notes.txt")]
    [InlineData("job")]
    [InlineData("")]
    [InlineData("../job/history.jsonl")]
    public void Every_other_name_is_somebody_elses(string name) =>
        Assert.Equal(CheckpointObjectKind.Other, CheckpointLayout.Parse(name).Kind);

    [Fact]
    public void A_savepoint_and_a_history_are_recognized()
    {
        Assert.Equal(CheckpointObjectKind.Savepoint, CheckpointLayout.Parse(CheckpointLayout.SavepointPrefix("job", "v2") + "manifest.json").Kind);
        Assert.Equal(CheckpointObjectKind.History, CheckpointLayout.Parse(CheckpointLayout.History("job")).Kind);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a b")]
    public void Odd_jobs_and_savepoints_are_refused(string name)
    {
        Assert.Throws<ArgumentException>(() => CheckpointLayout.History(name));
        Assert.Throws<ArgumentException>(() => CheckpointLayout.SavepointPrefix("job", name));
    }
}
