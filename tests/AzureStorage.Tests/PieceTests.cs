using Azure;
using Gristmill.AzureStorage.Internal;
using Gristmill.Checkpoints;

namespace Gristmill.AzureStorage.Tests;

/// <summary>The parts that need no service.</summary>
public sealed class PieceTests
{
    [Theory]
    [InlineData("in/a.csv", "in/a.csv", true)]
    [InlineData("in/a.csv", "in/a.csvx", false)]
    [InlineData("in/*.csv", "in/a.csv", true)]
    [InlineData("in/*.csv", "in/b/a.csv", false)]
    [InlineData("in/*.csv", "in/acsv", false)]
    [InlineData("in/**/*.csv", "in/a.csv", true)]
    [InlineData("in/**/*.csv", "in/b/c/a.csv", true)]
    [InlineData("in/**/*.csv", "into/a.csv", false)]
    [InlineData("in/**", "in/b/c", true)]
    [InlineData("in/**", "in", false)]
    [InlineData("*/2001-*/x+(1).csv*", "a/2001-02/x+(1).csv.gz", true)]
    [InlineData("*/2001-*/x+(1).csv*", "a/2001-02/xx1.csv", false)]
    [InlineData("**", "a/b", true)]
    public void A_pattern_finds_names_by_their_parts(string pattern, string name, bool matches)
    {
        var glob = new BlobGlob(pattern);
        Assert.Equal(matches, glob.Matches(name));
        Assert.True(!matches || name.StartsWith(glob.Prefix, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_of_blocks_differ_by_upload_and_place_and_have_one_length()
    {
        string one = BlockId.NewUpload(), two = BlockId.NewUpload();
        string[] all = [.. BlockId.All(one, 300), .. BlockId.All(two, 300), BlockId.Of(one, BlockId.Most)];
        Assert.Equal(601, all.Distinct().Count());
        Assert.Single(all.Select(id => id.Length).Distinct());
        Assert.True(Convert.FromBase64String(all[0]).Length <= 64);
        Assert.Equal(BlockId.All(one, 300), all[..300]);
    }

    [Fact]
    public void A_head_remembers_its_last_movers_and_no_more()
    {
        byte[] content = [1, 2, 3];
        HeadMark? mark = null;
        for (int version = 1; version <= 100; version++)
            mark = HeadMark.Decode(HeadMark.Follow(mark, content, $"m{version}").Encode(), "head");
        Assert.Equal(100, mark!.Version);
        for (long version = 100 - HeadMark.Kept + 1; version <= 100; version++)
        {
            Assert.True(mark.WasMadeBy($"m{version}", version));
            Assert.False(mark.WasMadeBy("another", version));
        }
        Assert.Null(mark.WasMadeBy("m68", 100 - HeadMark.Kept));
        Assert.Null(mark.WasMadeBy("m101", 101));
        Assert.True(mark.Fits(content));
        Assert.False(mark.Fits([1, 2, 4]));
        // All metadata of a blob is 8 KB at most.
        Assert.InRange(HeadMark.Follow(mark, content, BlockId.NewUpload()).Encode().Sum(pair => pair.Key.Length + pair.Value.Length), 0, 4096);
    }

    [Theory]
    [InlineData("version", "x"), InlineData("version", "0"), InlineData("version", "-1")]
    [InlineData("version", null), InlineData("movers", null), InlineData("sha256", null)]
    public void A_head_without_its_mark_is_damaged(string key, string? value)
    {
        Dictionary<string, string> metadata = HeadMark.Follow(null, [], "mover").Encode();
        Assert.Equal(1, HeadMark.Decode(metadata, "job/head").Version);
        metadata.Remove($"gristmill_{key}");
        if (value is not null)
            metadata.Add($"gristmill_{key}", value);
        Assert.Throws<CorruptCheckpointException>(() => HeadMark.Decode(metadata, "job/head"));
    }

    [Fact]
    public void Small_blocks_of_lines_are_merged_and_large_ones_and_the_newest_left_alone()
    {
        List<LineBlock> blocks = [new("large", 5 << 20), .. Enumerable.Range(0, LineMerge.Tolerated).Select(i => new LineBlock($"{i}", 1000))];
        Assert.Null(LineMerge.Plan(blocks));
        blocks.Add(new LineBlock("last", 1000));
        Assert.Equal(new LineMerge(1, LineMerge.Tolerated + 1 - LineMerge.Newest, 5 << 20, 225_000), LineMerge.Plan(blocks));
    }

    [Fact]
    public void However_long_lines_are_their_blocks_stay_few_and_none_is_lost()
    {
        var random = new Random(3);
        List<LineBlock> blocks = [];
        long total = 0;
        for (int i = 0; i < 20_000; i++)
        {
            if (LineMerge.Plan(blocks) is { } merge)
            {
                Assert.Equal(blocks.Take(merge.First).Sum(b => b.Length), merge.Offset);
                Assert.Equal(blocks.Skip(merge.First).Take(merge.Count).Sum(b => b.Length), merge.Length);
                blocks.RemoveRange(merge.First, merge.Count);
                blocks.Insert(merge.First, new LineBlock("merged", merge.Length));
            }
            long length = random.Next(100) == 0 ? random.Next(1, 6 << 20) : random.Next(1, 3000);
            blocks.Add(new LineBlock($"{i}", length));
            total += length;
            Assert.Equal(total, blocks.Sum(b => b.Length));
        }
        // Sealed blocks of some megabytes each, and the small ones that are tolerated.
        Assert.InRange(blocks.Count, 1, (int)(total / (4 << 20)) + (2 * LineMerge.Tolerated));
    }

    [Theory]
    [InlineData(10, false), InlineData(1000, false), InlineData(1001, true), InlineData(100_000, true)]
    public void A_spool_gives_back_what_it_took_and_leaves_no_file(int length, bool onDisk)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        int Files() => Directory.GetFiles(Path.GetTempPath(), "gristmill-*.spool").Length;
        int before = Files();
        using (var spool = new Spool(1000))
        {
            foreach (byte[] some in content.Chunk(77))
                spool.Write(some);
            Assert.Equal(onDisk, spool.IsOnDisk);
            Assert.True(OperatingSystem.IsWindows() || Files() == before);
            spool.Rewind();
            byte[] read = new byte[length + 1];
            Assert.Equal(length, spool.ReadAtLeast(read, read.Length, throwOnEndOfStream: false));
            Assert.Equal(content, read[..length]);
        }
        Assert.Equal(before, Files());
    }

    [Theory]
    [InlineData(404, "ContainerNotFound", "CreateIfMissing")]
    [InlineData(403, "AuthorizationPermissionMismatch", "Storage Blob Data Contributor")]
    [InlineData(503, "ServerBusy", "MaxRetries")]
    [InlineData(412, "LeaseIdMissing", "lease")]
    [InlineData(0, null, "can't be reached")]
    [InlineData(500, "InternalError", "InternalError")]
    public void What_the_service_says_becomes_a_cause_and_a_remedy(int status, string? code, string expected)
    {
        var error = new RequestFailedException(status, "First line.\nRequestId: many\nHeaders: more", code, null);
        string cause = BlobErrors.Cause(new AggregateException(error, error));
        Assert.Contains(expected, cause, StringComparison.Ordinal);
        Assert.DoesNotContain("Headers", cause, StringComparison.Ordinal);
        Assert.True(BlobErrors.IsService(error));
    }

    [Fact]
    public void A_missing_container_is_no_missing_blob()
    {
        Assert.False(BlobErrors.IsMissing(new RequestFailedException(404, "", "ContainerNotFound", null)));
        Assert.True(BlobErrors.IsMissing(new RequestFailedException(404, "", "BlobNotFound", null)));
    }
}
