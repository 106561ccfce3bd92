using System.Text;
using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;
using Gristmill.Jobs;
using Gristmill.Protocol;

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
        for (var n = 1; n <= 300; n++)
            head = head.Commit(Reference(n));
        Assert.Equal(Enumerable.Range(44, 256).Reverse().Select(n => (long)n), head.Retained.Select(r => r.Checkpoint));
        Assert.Equal([300, 299], head.Commit(Reference(301), retain: 2).Retained.Select(r => r.Checkpoint));
        Assert.InRange(head.Encode().Length, 1, 64 << 10);
    }

    [Fact]
    public void Times_and_rules_are_read_as_written_and_as_the_protocol_has_them()
    {
        var policy = new RetentionPolicy { Last = 3, ForMs = 60_000, Tiers = [new(1000, 5000)] };
        HeadRecord head = Heads.Decode("job", new StoredHead(7, Sample.Encode()))!;
        HeadRecord wanted = Fence.Commit(head, head.Generation, new ManifestRef(new(11), CheckpointLayout.Manifest("job", 11, 3), "def"), policy, 1_234_567_890_123)!;
        Assert.Equal(wanted, Heads.Decode("job", new StoredHead(8, Heads.Encode(wanted))));
        HeadContent content = HeadContent.Decode(Heads.Encode(wanted), "head");
        Assert.Equal(new DateTimeOffset(2009, 2, 13, 23, 31, 30, 123, TimeSpan.Zero), content.Newest!.CommittedAt);
        Assert.Null(content.Retained[0].CommittedAt);
    }

    [Fact]
    public void A_head_of_before_there_were_times_is_read_and_rules_nobody_knows_are_left_alone()
    {
        byte[] old = ChecksumLine.Append("""
            { "formatVersion": 1, "generation": 3,
              "newest": { "checkpoint": 10, "generation": 3, "manifest": "job/checkpoint-000010/manifest-g3.json", "hash": "abc" },
              "retained": [ { "checkpoint": 9, "generation": 3, "manifest": "job/checkpoint-000009/manifest-g3.json", "hash": "abc" } ] }
            """u8.ToArray());
        Assert.Equivalent(Sample, HeadContent.Decode(old, "head"), strict: true);
        Assert.Null(Heads.Decode("job", new StoredHead(1, old))!.Policy);
        Assert.DoesNotContain("committedAt", Encoding.UTF8.GetString(Sample.Encode()), StringComparison.Ordinal);
        Assert.Null(Heads.Decode("job", new StoredHead(1, (Sample with { Retention = new HeadRetention { Last = 0 } }).Encode()))!.Policy);
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
