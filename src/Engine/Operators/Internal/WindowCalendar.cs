namespace Gristmill.Operators;

/// <summary>Which keys have a pane in which window, in order of the windows.</summary>
internal sealed class WindowCalendar<TKey>
{
    private readonly Schedule _unfired = new();
    private readonly Schedule _fired = new();

    /// <summary>A pane has begun.</summary>
    /// <param name="start">The window's start.</param>
    /// <param name="key">The pane's key.</param>
    /// <param name="fired">Whether the window's end has passed already.</param>
    public void Add(long start, TKey key, bool fired) => (fired ? _fired : _unfired).Add(start, key);

    /// <summary>Takes the next panes, at most <paramref name="left"/>, of a window that starts at or before <paramref name="last"/>; kept ones stay for late records.</summary>
    public bool TryTakeUnfired(long last, bool keep, ref int left, out long start, out List<TKey> keys, out int from, out int to)
    {
        if (!_unfired.TryTake(first => first <= last, ref left, out start, out keys, out from, out to))
            return false;
        if (keep)
            _fired.AddRange(start, keys, from, to);
        return true;
    }

    /// <summary>Takes the next panes of a window that has fired and is past.</summary>
    public bool TryTakeFired(out long start, ref int left, Func<long, bool> isPast, out List<TKey> keys, out int from, out int to)
        => _fired.TryTake(isPast, ref left, out start, out keys, out from, out to);

    private sealed class Schedule
    {
        private readonly SortedDictionary<long, List<TKey>> _windows = [];
        private readonly Dictionary<long, List<TKey>> _byStart = [];
        private int _taken;

        public void Add(long start, TKey key) => KeysOf(start).Add(key);

        public void AddRange(long start, List<TKey> keys, int from, int to)
        {
            List<TKey> own = KeysOf(start);
            for (int i = from; i < to; i++)
                own.Add(keys[i]);
        }

        public bool TryTake(Func<long, bool> isDue, ref int left, out long start, out List<TKey> keys, out int from, out int to)
        {
            foreach ((long first, List<TKey> own) in _windows)
            {
                if (!isDue(first))
                    break;
                (start, keys, from) = (first, own, _taken);
                to = Math.Min(keys.Count, from + left);
                left -= to - from;
                _taken = to;
                if (to == keys.Count)
                {
                    _windows.Remove(start);
                    _byStart.Remove(start);
                    _taken = 0;
                }

                return true;
            }

            (start, keys, from, to) = (0, [], 0, 0);
            return false;
        }

        private List<TKey> KeysOf(long start)
        {
            if (_byStart.TryGetValue(start, out List<TKey>? keys))
                return keys;
            keys = [];
            _windows.Add(start, keys);
            _byStart.Add(start, keys);
            return keys;
        }
    }
}
