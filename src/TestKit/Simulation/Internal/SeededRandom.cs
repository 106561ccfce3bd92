namespace Gristmill.TestKit.Simulation;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014). Its own few lines, so that a
/// seed means the same run on every version of .NET.
/// </summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next64()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 up to but without <paramref name="below"/>; 0 if that is not positive.</summary>
    public int Next(int below) => below <= 1 ? 0 : (int)((UInt128)Next64() * (uint)below >> 64);

    /// <summary>From <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public int Between(int least, int most) => least + Next(most - least + 1);

    public double NextDouble() => (Next64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Happens with this probability. A probability of 0 draws nothing.</summary>
    public bool Chance(double probability) => probability > 0 && NextDouble() < probability;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Next(choices.Length)];
}
