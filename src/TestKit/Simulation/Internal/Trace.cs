using System.Globalization;

namespace Gristmill.TestKit.Simulation;

/// <summary>
/// What happened in a run: always a hash, which two runs of one seed must share, and on request the lines a human reads.
/// </summary>
internal sealed class Trace(bool keepsLines)
{
    private const int MostLines = 20_000;
    private readonly Queue<string> _lines = [];

    public bool KeepsLines => keepsLines;

    /// <summary>FNV-1a over all that was noted.</summary>
    public ulong Hash { get; private set; } = 0xCBF29CE484222325;

    public IEnumerable<string> Lines => _lines;

    public void Note(TraceKind kind, long one, long other = 0)
    {
        Mix((ulong)kind);
        Mix((ulong)one);
        Mix((ulong)other);
    }

    public void Line(long nowMs, string text)
    {
        if (!keepsLines)
            return;
        if (_lines.Count == MostLines)
            _lines.Dequeue();
        _lines.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{nowMs,8} ms  {text}"));
    }

    private void Mix(ulong value) => Hash = (Hash ^ value) * 0x100000001B3;
}

internal enum TraceKind
{
    Step = 1,
    Post,
    Event,
    Jump,
    Chaos,
    Io,
    Log,
    Publish,
}
