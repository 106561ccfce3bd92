using System.Text;
using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Checkpoints;

public sealed class ManifestTests
{
    private readonly MemoryCheckpointStore _store = new();

    [Fact]
    public async Task A_manifest_is_read_as_written()
    {
        var manifest = Samples.Manifest(await Samples.WriteAsync(_store, 10, 20));
        var reference = await ManifestFile.WriteAsync(_store, "job", manifest);
        Assert.Equal("job/checkpoint-000010/manifest-g3.json", reference.Manifest);
        Assert.Equivalent(manifest, await ManifestFile.ReadAsync(_store, reference), strict: true);
        Assert.Equivalent(manifest, await ManifestFile.ReadAsync(_store, reference.Manifest), strict: true);
    }

    [Fact]
    public async Task A_manifest_is_json_a_person_can_read()
    {
        var reference = await ManifestFile.WriteAsync(_store, "job", Samples.Manifest(await Samples.WriteAsync(_store, 10)));
        var text = Encoding.UTF8.GetString(await Samples.BytesAsync(_store, reference.Manifest));
        Assert.StartsWith("{\n  \"formatVersion\": 1,\n  \"job\": \"job\",\n  \"checkpoint\": 10,\n", text, StringComparison.Ordinal);
        Assert.Contains("\"kind\": \"manual\"", text, StringComparison.Ordinal);
        Assert.Contains("\"kind\": \"base\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_manifest_of_the_same_checkpoint_and_generation_is_refused()
    {
        await ManifestFile.WriteAsync(_store, "job", Samples.Manifest([]));
        await Assert.ThrowsAsync<ObjectExistsException>(async () => await ManifestFile.WriteAsync(_store, "job", Samples.Manifest([])));
        await ManifestFile.WriteAsync(_store, "job", Samples.Manifest([]) with { Generation = 4 });
    }

    [Fact]
    public async Task Every_flipped_bit_of_a_manifest_is_detected()
    {
        var reference = await ManifestFile.WriteAsync(_store, "job", Samples.Manifest(await Samples.WriteAsync(_store, 10)));
        var bytes = await Samples.BytesAsync(_store, reference.Manifest);
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            await Samples.ReplaceAsync(_store, reference.Manifest, damaged);
            await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await ManifestFile.ReadAsync(_store, reference));
        }
    }

    [Fact]
    public async Task Every_truncation_of_a_manifest_is_detected_even_without_its_hash()
    {
        var reference = await ManifestFile.WriteAsync(_store, "job", Samples.Manifest([]));
        var bytes = await Samples.BytesAsync(_store, reference.Manifest);
        for (var length = 0; length < bytes.Length; length++)
        {
            await Samples.ReplaceAsync(_store, reference.Manifest, bytes.AsMemory(0, length));
            await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await ManifestFile.ReadAsync(_store, reference.Manifest));
        }
    }

    [Fact]
    public async Task A_manifest_of_a_newer_format_is_refused_before_anything_in_it_is_read()
    {
        await Samples.ReplaceAsync(_store, "job/m", "{ \"unknown\": [1, {\"formatVersion\": 1}], \"formatVersion\": 2, \"job\": 7 }"u8.ToArray());
        var error = await Assert.ThrowsAsync<UnsupportedFormatException>(async () => await ManifestFile.ReadAsync(_store, "job/m"));
        Assert.Contains("'job/m' has manifest format 2, and this version of Gristmill reads up to 1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"formatVersion\": 0}")]
    [InlineData("{\"formatVersion\": 1}")]
    [InlineData("{\"formatVersion\": \"1\"}")]
    [InlineData("{\"formatVersion\": 1, \"job\": null}")]
    public async Task What_is_no_manifest_is_called_damaged(string text)
    {
        await Samples.ReplaceAsync(_store, "job/m", Encoding.UTF8.GetBytes(text));
        await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await ManifestFile.ReadAsync(_store, "job/m"));
    }

    [Fact]
    public async Task A_manifest_of_another_job_is_not_written() =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await ManifestFile.WriteAsync(_store, "other", Samples.Manifest([])));
}
