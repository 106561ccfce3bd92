namespace Gristmill.TestKit.Simulation;

/// <summary>Where a simulated sink's rows end up: the world outside, which no crash undoes.</summary>
internal abstract class OutsideTable(string name)
{
    public string Name { get; } = name;

    public abstract int RowCount { get; }

    /// <summary>What differs from the run without faults at the end; null: nothing.</summary>
    public abstract string? Difference();
}

internal sealed class OutsideTable<T>(World world, string name, OutsideTable<T>? expected, bool mayRepeat) : OutsideTable(name)
    where T : notnull
{
    private readonly Dictionary<string, T[]> _staged = new(StringComparer.Ordinal);
    private readonly Dictionary<(long Epoch, int Subtask), (string Id, T[] Rows)> _published = [];
    private readonly Dictionary<T, int>? _missing = expected?.Rows.GroupBy(row => row).ToDictionary(group => group.Key, group => group.Count());

    public List<T> Rows { get; } = [];

    public override int RowCount => Rows.Count;

    /// <summary>Has what another table had when a checkpoint was complete; what came later counts as published, but is not there.</summary>
    public void GoOnFrom(OutsideTable<T> older, long checkpoint)
    {
        foreach (((long Epoch, int Subtask) key, (string Id, T[] Rows) published) in older._published)
        {
            _published.Add(key, published);
            foreach (T row in key.Epoch <= checkpoint ? published.Rows : [])
                Show(row);
        }
    }

    public bool Stage(string id, T[] rows)
    {
        if (!_staged.TryAdd(id, rows))
            world.Violate($"sink '{Name}': '{id}' is staged twice");
        return true;
    }

    /// <summary>Removes what other generations staged and did not publish.</summary>
    public bool CleanUp(long generation)
    {
        foreach (string id in _staged.Keys.Where(id => GenerationOf(id) < generation).ToList())
            _staged.Remove(id);
        return true;
    }

    public bool Publish(long epoch, int subtask, string id)
    {
        if (_published.TryGetValue((epoch, subtask), out (string Id, T[]) done))
        {
            if (done.Id != id)
                world.Violate($"sink '{Name}': epoch {epoch} of subtask {subtask} is published as '{id}', and was as '{done.Id}'");
            return true;
        }

        if (!_staged.Remove(id, out T[]? rows))
        {
            world.Violate($"sink '{Name}': '{id}' is to be published, but it is not staged");
            return false;
        }

        world.Trace.Note(TraceKind.Publish, epoch, rows.Length);
        world.Say($"sink '{Name}': {rows.Length} rows of {id} are visible");
        _published.Add((epoch, subtask), (id, rows));
        foreach (T row in rows)
            Show(row);
        return true;
    }

    public override string? Difference()
    {
        if (_missing is null)
            return null;
        List<string> lost = [.. _missing.Where(row => row.Value > 0).Select(row => $"{row.Key} ({row.Value}x)")];
        return lost.Count == 0 ? null : $"sink '{Name}': {lost.Count} rows never came, of {expected!.RowCount}: {string.Join("; ", lost.Take(5))}";
    }

    public static string IdOf(long generation, long epoch, int subtask) => $"g{generation}-e{epoch}-s{subtask}";

    private static long GenerationOf(string id) => long.Parse(id.AsSpan(1, id.IndexOf('-', StringComparison.Ordinal) - 1), System.Globalization.CultureInfo.InvariantCulture);

    private void Show(T row)
    {
        Rows.Add(row);
        if (_missing is null)
            return;
        if (!_missing.TryGetValue(row, out int left))
            world.Violate($"sink '{Name}': a row is visible that the run without faults never had: {row}");
        else if (left <= 0 && !mayRepeat)
            world.Violate($"sink '{Name}': a row is visible once more than in the run without faults: {row}");
        else
            _missing[row] = left - 1;
    }
}
