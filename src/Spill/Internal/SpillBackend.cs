using Gristmill.State;

namespace Gristmill.Spill;

/// <summary>The scratch of a process: a log a table, which share the memory there is.</summary>
internal sealed class SpillBackend(string folder, SpillSettings settings) : ISpillBackend
{
    private readonly Lock _lock = new();

    // Holds logs whose tables were dropped, not closed, until the collector has told them so.
    private readonly HashSet<FasterSpillLog> _open = [];
    private ScratchFolder? _scratch;
    private int _opened;
    private long _share;

    /// <summary>What each table may hold in memory.</summary>
    public long Share => Volatile.Read(ref _share);

    public ISpillLog Open()
    {
        lock (_lock)
        {
            try
            {
                _scratch ??= ScratchFolder.Create(folder);
                var log = new FasterSpillLog(this, settings, Path.Combine(_scratch.Folder, $"table-{++_opened}.log"));
                _open.Add(log);
                Divide();
                return log;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                CloseIfUnused();
                throw new IOException($"State can't be spilled to folder '{folder}': {e.Message} Give State.UseSpill a folder this process may write in.", e);
            }
        }
    }

    /// <summary>A table's log is closed; the last one takes the folder with it.</summary>
    public void Closed(FasterSpillLog log)
    {
        lock (_lock)
        {
            _open.Remove(log);
            Divide();
            CloseIfUnused();
        }
    }

    public IEnumerable<string> Validate()
    {
        if (string.IsNullOrWhiteSpace(folder))
            yield return "State.UseSpill: the folder is empty; give one on a local disk.";
        else if (File.Exists(folder))
            yield return $"State.UseSpill: '{folder}' is a file; give a folder on a local disk.";
        if (settings.MemoryBudgetBytes < settings.LeastBytes)
            yield return $"State.UseSpill: the memory budget is {settings.MemoryBudgetBytes} bytes; it must be {settings.LeastBytes} or more.";
    }

    private void Divide() => Volatile.Write(ref _share, settings.MemoryBudgetBytes / Math.Max(1, _open.Count));

    private void CloseIfUnused()
    {
        if (_open.Count != 0)
            return;
        _scratch?.Dispose();
        _scratch = null;
    }
}
