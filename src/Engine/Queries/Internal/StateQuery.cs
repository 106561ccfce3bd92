using Gristmill.Codec;

namespace Gristmill.Queries;

/// <summary>A question for one key's state, as it travels to the subtask that has it.</summary>
/// <param name="Address">Operator, state and window.</param>
/// <param name="View">Live or checkpointed.</param>
/// <param name="Hash">The key's hash, which chooses its key group.</param>
/// <param name="KeySchema">How the key is encoded.</param>
/// <param name="Key">The key.</param>
internal sealed record StateQuery(StateAddress Address, StateView View, ulong Hash, byte[] KeySchema, byte[] Key)
{
    public static StateQuery Of<TKey>(StateAddress address, TKey key, StateView view)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (KeyTraits<TKey>.Problems() is { Count: > 0 } problems)
            throw new StateQueryException($"{typeof(TKey)} can't be a key: {string.Join(' ', problems)}");
        Codec<TKey> codec = Codecs.For<TKey>();
        var encoded = new ByteWriter();
        codec.Write(encoded, in key);
        return new StateQuery(address, view, KeyTraits<TKey>.Hash(in key), codec.Schema.Encode(), encoded.ToArray());
    }

    /// <summary>The key, as the operator's type of keys.</summary>
    public TKey DecodeKey<TKey>()
    {
        Schema schema = Schema.Decode(KeySchema);
        try
        {
            var reader = new ByteReader(Key);
            return Codecs.For<TKey>(schema).Read(ref reader);
        }
        catch (SchemaMismatchException e)
        {
            throw new StateQueryException($"Operator '{Address.Operator}' has keys of {typeof(TKey)}, and the key asked for is {schema}.", e);
        }
    }

    /// <summary>The key without its type.</summary>
    public object? DecodeKey()
    {
        var reader = new ByteReader(Key);
        return Schema.Decode(KeySchema).ReadValue(ref reader);
    }

    /// <summary>The one of an operator's states that is asked for.</summary>
    public int IndexOf(IReadOnlyList<string> states)
    {
        if (Address.State is null && states.Count == 1)
            return 0;
        for (int i = 0; i < states.Count; i++)
        {
            if (states[i] == Address.State)
                return i;
        }

        string known = states.Count == 0 ? "it has none" : $"it has {string.Join(", ", states.Select(state => $"'{state}'"))}";
        throw new StateQueryException(Address.State is null
            ? $"Operator '{Address.Operator}' has not one state but {states.Count}: name the one you want; {known}."
            : $"Operator '{Address.Operator}' has no state '{Address.State}'; {known}.");
    }

    public StateQueryException NoWindows() => new($"Operator '{Address.Operator}' has no windows; leave WindowStart out.");

    public StateQueryException WindowMissing() => new($"Operator '{Address.Operator}' has a value a key and window; set WindowStart to the start of the window you want.");
}

/// <summary>The answer, as it travels back.</summary>
/// <param name="Found">Whether the key has the state.</param>
/// <param name="Schema">How the value is encoded.</param>
/// <param name="Value">The value.</param>
/// <param name="Checkpoint">The checkpoint it is of.</param>
internal sealed record StateAnswer(bool Found, byte[] Schema, byte[] Value, long? Checkpoint)
{
    public static StateAnswer Absent(long? checkpoint = null) => new(false, [], [], checkpoint);

    public StateResult<T> Decode<T>(StateAddress address)
    {
        if (!Found)
            return new StateResult<T>(false, default, Checkpoint);
        Schema schema = Codec.Schema.Decode(Schema);
        try
        {
            var reader = new ByteReader(Value);
            return new StateResult<T>(true, Codecs.For<T>(schema).Read(ref reader), Checkpoint);
        }
        catch (Exception e) when (e is SchemaMismatchException or UnsupportedTypeException)
        {
            throw new StateQueryException($"The state of operator '{address.Operator}' is {schema}, which can't be read as {typeof(T)}: {e.Message}", e);
        }
    }
}

/// <summary>A question that waits for its subtask.</summary>
internal sealed class PendingQuery(StateQuery query)
{
    private readonly TaskCompletionSource<StateAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StateQuery Query => query;

    public Task<StateAnswer> Answer => _answer.Task;

    public void Set(StateAnswer answer) => _answer.TrySetResult(answer);

    public void Fail(Exception error) => _answer.TrySetException(error as StateQueryException ?? new StateQueryException($"Operator '{query.Address.Operator}' can't answer: {error.Message}", error));
}
