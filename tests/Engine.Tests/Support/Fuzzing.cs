using System.Buffers.Binary;
using System.Globalization;

namespace Gristmill.Engine.Tests;

/// <summary>Damages valid bytes in seeded ways and gives them to a reader, which may refuse them but nothing else.</summary>
internal static class Fuzzing
{
    /// <summary>Damaged inputs a test; more by the environment variable GRISTMILL_FUZZ_ROUNDS.</summary>
    public static int Rounds { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("GRISTMILL_FUZZ_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) ? rounds : 2_000;

    /// <summary>Fails with seed and bytes if a read throws what is not documented, allocates more than it may, or does not end.</summary>
    /// <param name="corpus">Valid inputs.</param>
    /// <param name="perByte">Bytes that may be allocated for each byte of the input.</param>
    /// <param name="read">The reader.</param>
    /// <param name="documented">Its exceptions.</param>
    /// <param name="always">Bytes that may be allocated whatever the input: exceptions with their traces, buffers, what is made once.</param>
    public static Task RunAsync(IReadOnlyList<byte[]> corpus, long perByte, Action<byte[]> read, Type[] documented, long always = 4 << 20)
    {
        foreach (byte[] valid in corpus)
            read(valid);
        // On one thread, whose allocations are counted.
        return Task.Run(() =>
        {
            for (int seed = 1; seed <= Rounds; seed++)
            {
                byte[] input = Damage(corpus, new Random(seed));
                Exception? error = null;
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    read(input);
                }
                catch (Exception e)
                {
                    error = e;
                }

                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(error is null || documented.Contains(error.GetType()), $"{Text(seed, input)} threw {error}");
                Assert.True(allocated <= always + (perByte * input.Length), $"{Text(seed, input)} allocated {allocated:N0} bytes");
            }
        }).WaitAsync(TimeSpan.FromSeconds(60 + (Rounds / 50.0)), TestContext.Current.CancellationToken);
    }

    private static string Text(int seed, byte[] input) => $"seed {seed}, {input.Length} bytes {Convert.ToHexString(input.AsSpan(0, Math.Min(input.Length, 4096)))}";

    private static byte[] Damage(IReadOnlyList<byte[]> corpus, Random random)
    {
        byte[] input = [.. corpus[random.Next(corpus.Count)]];
        for (int times = random.Next(1, 6); times > 0; times--)
        {
            int at = random.Next(input.Length + 1);
            int end = at + random.Next(Math.Min(64, input.Length - at) + 1);
            byte[] other = corpus[random.Next(corpus.Count)];
            int from = random.Next(other.Length + 1);
            input = random.Next(8) switch
            {
                0 => input[..at],
                1 => [.. input[..at], .. input[end..]],
                2 => [.. input[..end], .. input[at..]],
                3 => [.. input[..at], .. other[from..Math.Min(other.Length, from + random.Next(64))], .. input[end..]],
                4 => [.. input[..at], .. RandomBytes(random), .. input[at..]],
                5 => Number(input, at, random),
                _ => Flip(input, at, random),
            };
        }

        return input;
    }

    private static byte[] RandomBytes(Random random)
    {
        var bytes = new byte[random.Next(16)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Numbers at the edges, where lengths and counts may stand.</summary>
    private static byte[] Number(byte[] input, int at, Random random)
    {
        long[] edges = [0, 1, -1, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, Array.MaxLength, 1 << 20, input.Length];
        long number = edges[random.Next(edges.Length)] + random.Next(-1, 2);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        bytes[..Math.Min(random.Next(2) == 0 ? 4 : 8, input.Length - at)].CopyTo(input.AsSpan(at));
        return input;
    }

    private static byte[] Flip(byte[] input, int at, Random random)
    {
        if (at < input.Length)
            input[at] = (byte)(random.Next(3) switch { 0 => random.Next(256), 1 => random.Next(4), _ => input[at] ^ (1 << random.Next(8)) });
        return input;
    }
}
