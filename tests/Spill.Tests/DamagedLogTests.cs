using Gristmill.Engine.Tests;
using Gristmill.Engine.Tests.Checkpoints;
using Gristmill.Engine.Tests.Operators;
using Gristmill.State;

namespace Gristmill.Spill.Tests;

/// <summary>A log that is not what was written is noticed, and costs a restart.</summary>
public sealed class DamagedLogTests : IDisposable
{
    private const int Records = 4000;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_record_that_has_changed_on_the_disk_is_an_error_that_says_what_to_do()
    {
        using ISpillLog log = new SpillBackend(_folder.Path, Tiny.Settings).Open();
        var record = new byte[100];
        long address = log.Append(record);
        for (int i = 0; i < 3000; i++)
            log.Append(record);
        var read = new ReadOnlyMemory<byte>[1];
        log.Read([address], read);
        Assert.Equal(record, read[0].ToArray());
        Damage(_folder.Path);
        IOException error = Assert.Throws<IOException>(() => log.Read([address], read));
        Assert.Contains("its checksum is wrong", error.Message, StringComparison.Ordinal);
        Assert.Contains("State.UseSpill", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_is_not_taken_for_one_that_lies_elsewhere()
    {
        var framed = new byte[Framing.HeaderBytes + 3];
        Framing.Write(framed, 70_000, [1, 2, 3]);
        Assert.Equal([1, 2, 3], Framing.Read(framed, 70_000).ToArray());
        Assert.Throws<IOException>(() => Framing.Read(framed, 70_001));
    }

    [Fact]
    public async Task A_job_whose_log_is_damaged_restarts_and_loses_and_doubles_nothing()
    {
        Event[] events = [.. Enumerable.Range(0, Records).Select(n => new Event($"key {n % 1000}", n, n))];
        var output = new Collected<string>();
        bool isDamaged = false;
        using EmbeddedJob job = Run.Job(
            job => job.From("events", InMemory.Of(events)).Select(e =>
            {
                // In the job's own thread, between two records: nobody writes meanwhile.
                if (e.Number == Records * 3 / 4 && !isDamaged)
                {
                    isDamaged = true;
                    Damage(_folder.Path);
                }

                return e;
            }).KeyBy(e => e.Key).Process("sum", () => new RunningSum()).To("out", output),
            Run.Options(1, configure: o =>
            {
                o.State.Spill = new SpillBackend(_folder.Path, Tiny.Settings);
                o.Restart.Policy = RestartPolicy.FixedDelay;
                o.Checkpoints.Periodic = true;
                o.Checkpoints.Interval = TimeSpan.FromMilliseconds(5);
            }));
        await job.CompletesAsync();
        Assert.True(isDamaged);
        Assert.True(job.Status.Restarts > 0, "the damage was not noticed");
        var counts = new Dictionary<string, (int Count, long Sum)>();
        IEnumerable<string> expected = events.Select(e =>
        {
            (int count, long sum) = counts.GetValueOrDefault(e.Key);
            counts[e.Key] = (count + 1, sum + e.Number);
            return $"{e.Key}:{count + 1}:{sum + e.Number}";
        });
        Assert.Equal(expected.Order(), output.Rows.Order());
    }

    private static void Damage(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*.log.*", SearchOption.AllDirectories))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            for (int at = 90; at < bytes.Length; at += 40)
                bytes[at] ^= 0x10;
            file.Position = 0;
            file.Write(bytes);
        }
    }
}
