using Gristmill.Checkpoints;
using Gristmill.State;

namespace Gristmill.Queries;

/// <summary>Answers questions from a job's newest complete checkpoint.</summary>
internal static class CheckpointedStates
{
    /// <exception cref="StateQueryException">There is no checkpoint, or no such operator or state in it.</exception>
    public static async Task<StateAnswer> QueryAsync(
        ICheckpointStore store, BlockDecoding decoding, string job, StateQuery query, CancellationToken cancellationToken)
    {
        // A checkpoint may be collected while it is read, when a long read meets short retention; the newest one is there.
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                CheckpointReader? reader = await CheckpointReader.OpenNewestAsync(store, job, decoding, cancellationToken);
                return reader is null
                    ? throw new StateQueryException($"Job '{job}' has no complete checkpoint yet; ask for the live state.")
                    : await QueryAsync(reader, query, cancellationToken);
            }
            catch (ObjectNotFoundException) when (attempt < 3)
            {
            }
            catch (Exception e) when (e is CheckpointStoreException or CorruptCheckpointException or UnsupportedFormatException or BlockDecodingException)
            {
                throw new StateQueryException($"The newest checkpoint of job '{job}' can't be read: {e.Message}", e);
            }
        }
    }

    public static StateQueryException NoSuchOperator(StateQuery query, IEnumerable<string> known)
    {
        string names = string.Join(", ", known.Select(name => $"'{name}'"));
        return new StateQueryException($"There is no operator '{query.Address.Operator}' with state by key; there is {(names.Length == 0 ? "none" : names)}.");
    }

    private static async Task<StateAnswer> QueryAsync(CheckpointReader reader, StateQuery query, CancellationToken cancellationToken)
    {
        Manifest manifest = reader.Manifest;
        StateTable? table = reader.Tables.FirstOrDefault(table => table.Operator == query.Address.Operator && table.Name is StateTables.State or StateTables.Panes);
        if (!manifest.Operators.TryGetValue(query.Address.Operator, out ManifestOperator? known) || known.States.Count == 0)
            throw NoSuchOperator(query, manifest.Operators.Where(one => one.Value.States.Count != 0).Select(one => one.Key));
        bool isWindow = known.States is [{ Name: StateTables.Panes }];
        if (query.Address.WindowStart is not null != isWindow)
            throw isWindow ? query.WindowMissing() : query.NoWindows();
        int index = isWindow ? 0 : query.IndexOf([.. known.States.Select(state => state.Name)]);
        if (table is null)
            return StateAnswer.Absent(manifest.Checkpoint);

        object? key = query.DecodeKey();
        long? scope = query.Address.WindowStart?.ToUnixTimeMilliseconds();
        IReadOnlyList<StateEntry> found = await reader.FindAsync(
            table.Operator, table.Name, KeyGroups.Of(query.Hash, manifest.KeyGroups), other => CheckpointReader.KeysEqual(key, other), cancellationToken);
        StateEntry? entry = found.FirstOrDefault(entry => entry.Scope == scope);
        string? name = isWindow ? entry?.States[0].Key : known.States[index].Name;
        foreach ((string state, EncodedValue value) in entry?.States ?? [])
        {
            if (state == name)
                return new StateAnswer(true, value.Schema.Encode(), value.Bytes.ToArray(), manifest.Checkpoint);
        }

        return StateAnswer.Absent(manifest.Checkpoint);
    }
}
