using Orleans.Storage;

namespace Gristmill.Grains.Tests;

/// <summary>Grain storage outside the silos, as a database is; it compares ETags.</summary>
internal sealed class SharedStorage(Orleans.Serialization.Serializer serializer, Shared shared) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await AnswerAsync();
        bool exists = shared.GrainStates.TryGetValue($"{grainId}/{stateName}", out (int Version, byte[] Data) stored);
        grainState.RecordExists = exists;
        grainState.State = exists ? serializer.Deserialize<T>(stored.Data) : Activator.CreateInstance<T>();
        grainState.ETag = exists ? $"{stored.Version}" : null;
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await AnswerAsync();
        (int Version, byte[] Data) written = shared.GrainStates.AddOrUpdate(
            $"{grainId}/{stateName}",
            _ => (1, serializer.SerializeToArray(grainState.State)),
            (_, found) => $"{found.Version}" == grainState.ETag
                ? (found.Version + 1, serializer.SerializeToArray(grainState.State))
                : throw new InconsistentStateException("Somebody else has written.", $"{found.Version}", grainState.ETag));
        grainState.ETag = $"{written.Version}";
        grainState.RecordExists = true;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        shared.GrainStates.TryRemove($"{grainId}/{stateName}", out _);
        grainState.RecordExists = false;
        grainState.ETag = null;
        return Task.CompletedTask;
    }

    /// <summary>Never at once, as no database.</summary>
    private async Task AnswerAsync()
    {
        await Task.Yield();
        if (shared.Troubles.Storage is { } error)
            throw error;
    }
}
