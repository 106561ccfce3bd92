using Gristmill.Queries;

namespace Gristmill.GrainInterfaces;

/// <summary>A question for one key's state.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.StateRequest")]
public sealed record StateRequest
{
    /// <summary>The operator's name.</summary>
    [Id(0)]
    public required string Operator { get; init; }

    /// <summary>The state's name; null: the only one.</summary>
    [Id(1)]
    public string? State { get; init; }

    /// <summary>The start of the window; null where there are none.</summary>
    [Id(2)]
    public DateTimeOffset? WindowStart { get; init; }

    /// <summary>Whether the value of the last complete checkpoint is asked for, and not the live one.</summary>
    [Id(3)]
    public bool LastCheckpoint { get; init; }

    /// <summary>The key's hash, which chooses its key group.</summary>
    [Id(4)]
    public required ulong Hash { get; init; }

    /// <summary>How the key is encoded.</summary>
    [Id(5)]
    public required byte[] KeySchema { get; init; }

    /// <summary>The key.</summary>
    [Id(6)]
    public required byte[] Key { get; init; }
}

/// <summary>The answer to a <see cref="StateRequest"/>.</summary>
/// <param name="Found">Whether the key has the state.</param>
/// <param name="Schema">How the value is encoded.</param>
/// <param name="Value">The value.</param>
/// <param name="Checkpoint">The checkpoint it is of; null: it is live.</param>
[GenerateSerializer, Immutable]
[Alias("Gristmill.StateReply")]
public sealed record StateReply([property: Id(0)] bool Found, [property: Id(1)] byte[] Schema, [property: Id(2)] byte[] Value, [property: Id(3)] long? Checkpoint);

/// <summary>The engine's questions as messages, and back.</summary>
internal static class StateMessages
{
    public static StateRequest Request(StateQuery query) => new()
    {
        Operator = query.Address.Operator,
        State = query.Address.State,
        WindowStart = query.Address.WindowStart,
        LastCheckpoint = query.View == StateView.LastCheckpoint,
        Hash = query.Hash,
        KeySchema = query.KeySchema,
        Key = query.Key,
    };

    public static StateQuery Query(StateRequest request) => new(
        new StateAddress(request.Operator) { State = request.State, WindowStart = request.WindowStart },
        request.LastCheckpoint ? StateView.LastCheckpoint : StateView.Live, request.Hash, request.KeySchema, request.Key);

    public static StateAnswer Answer(StateReply reply) => new(reply.Found, reply.Schema, reply.Value, reply.Checkpoint);

    /// <exception cref="JobOperationException">It can't be answered.</exception>
    public static async Task<StateReply> AnswerAsync(Func<Task<StateAnswer>> ask)
    {
        try
        {
            StateAnswer answer = await ask();
            return new StateReply(answer.Found, answer.Schema, answer.Value, answer.Checkpoint);
        }
        catch (StateQueryException e)
        {
            throw new JobOperationException(e.Message);
        }
    }
}
