using System.Text;
using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Checkpoints;

public sealed class HeadContentTests
{
    private static readonly HeadContent Sample = new HeadContent { Generation = 3 }.Commit(Reference(9)).Commit(Reference(10));

    [Fact]
    public void A_head_is_read_as_written()
    {
        Assert.Equivalent(Sample, HeadContent.Decode(Sample.Encode(), "head"), strict: true);
        var young = new HeadContent { Generation = 1 };
        Assert.Null(HeadContent.Decode(young.Encode(), "head").Newest);
    }

    [Fact]
    public void Committing_makes_the_newest_so_far_the_first_of_the_retained()
    {
        Assert.Equal(10, Sample.Newest!.Checkpoint);
        Assert.Equal([9], Sample.Retained.Select(r => r.Checkpoint));
        Assert.Equal([10, 9], Sample.Committed().Select(r => r.Checkpoint));
    }

    [Fact]
    public void A_head_remembers_a_bounded_number_of_checkpoints()
    {
        var head = new HeadContent { Generation = 1 };
        for (var n = 1; n <= 100; n++)
            head = head.Commit(Reference(n));
        Assert.Equal(Enumerable.Range(68, 32).Reverse().Select(n => (long)n), head.Retained.Select(r => r.Checkpoint));
        Assert.Equal([100, 99], head.Commit(Reference(101), retain: 2).Retained.Select(r => r.Checkpoint));
    }

    [Fact]
    public void Every_flipped_bit_of_a_head_is_detected()
    {
        var bytes = Sample.Encode();
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Throws<CorruptCheckpointException>(() => HeadContent.Decode(damaged, "head"));
        }
    }

    [Fact]
    public void Every_truncation_of_a_head_is_detected()
    {
        var bytes = Sample.Encode();
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<CorruptCheckpointException>(() => HeadContent.Decode(bytes.AsMemory(0, length), "head"));
    }

    [Fact]
    public void A_head_of_a_newer_format_is_refused_as_newer()
    {
        var newer = (Sample with { FormatVersion = 2 }).Encode();
        var error = Assert.Throws<UnsupportedFormatException>(() => HeadContent.Decode(newer, "head of job 'job'"));
        Assert.Contains("head format 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_ends_with_its_checksum_in_a_line_of_its_own() =>
        Assert.Matches("}\nsha256 [0-9a-f]{64}\n$", Encoding.UTF8.GetString(Sample.Encode()));

    private static ManifestReference Reference(long checkpoint) =>
        new(checkpoint, 3, CheckpointLayout.Manifest("job", checkpoint, 3), "abc");
}
