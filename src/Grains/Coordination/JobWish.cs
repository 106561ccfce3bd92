using Orleans.Storage;

namespace Gristmill.Grains;

/// <summary>
/// What grain storage keeps of a job. Changes are made one after the other, each on what is stored by then, so that none
/// takes another one back; one that can't be stored has not been made.
/// </summary>
internal sealed class JobWish(IPersistentState<CoordinatorState> state)
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    public DesiredState Desired => state.State.Desired;

    public CoordinatorState Now => state.State;

    /// <summary>Changes and stores it.</summary>
    /// <param name="change">Makes the change, or gives false if there is none to make. May be called twice.</param>
    /// <returns>Whether there was one to make.</returns>
    public async Task<bool> ChangeAsync(Func<CoordinatorState, bool> change)
    {
        await _turn.WaitAsync();
        try
        {
            return await StoreAsync(change);
        }
        catch (InconsistentStateException)
        {
            // Another activation has written, or the storage has lost what it had.
            await state.ReadStateAsync();
            return await StoreAsync(change);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The same, on what is stored now, whoever has written it.</summary>
    public async Task<bool> ReadAndChangeAsync(Func<CoordinatorState, bool> change)
    {
        await _turn.WaitAsync();
        try
        {
            await state.ReadStateAsync();
        }
        finally
        {
            _turn.Release();
        }

        return await ChangeAsync(change);
    }

    private async Task<bool> StoreAsync(Func<CoordinatorState, bool> change)
    {
        CoordinatorState before = state.State;
        CoordinatorState wanted = before with { };
        if (!change(wanted))
            return false;
        try
        {
            state.State = wanted;
            await state.WriteStateAsync();
            return true;
        }
        catch
        {
            state.State = before;
            throw;
        }
    }
}
