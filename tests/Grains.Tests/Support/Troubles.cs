using Gristmill.Checkpoints;

namespace Gristmill.Grains.Tests;

/// <summary>What a test does to the parts a cluster leans on.</summary>
public sealed class Troubles
{
    private volatile Exception? _storage;
    private volatile Exception? _reminders;
    private volatile Exception? _membership;
    private volatile Func<string, Task>? _reading;
    private volatile Func<string, Task>? _completing;
    private int _remindersSet;

    /// <summary>What grain storage throws at each read and write; null: nothing.</summary>
    public Exception? Storage
    {
        get => _storage;
        set => _storage = value;
    }

    public Exception? Reminders
    {
        get => _reminders;
        set => _reminders = value;
    }

    public Exception? Membership
    {
        get => _membership;
        set => _membership = value;
    }

    /// <summary>What a read of an object of the checkpoint store waits for.</summary>
    public Func<string, Task>? Reading
    {
        get => _reading;
        set => _reading = value;
    }

    /// <summary>What the completion of an object of the checkpoint store waits for.</summary>
    public Func<string, Task>? Completing
    {
        get => _completing;
        set => _completing = value;
    }

    /// <summary>Holds the next completions until they are let go.</summary>
    public HeldCompletions HoldCompletions()
    {
        var held = new HeldCompletions(this);
        Completing = _ => held.WaitAsync();
        return held;
    }

    /// <summary>How many reminders were set.</summary>
    public int RemindersSet => Volatile.Read(ref _remindersSet);

    public void ReminderSet() => Interlocked.Increment(ref _remindersSet);
}

/// <summary>Completions of objects that wait.</summary>
public sealed class HeldCompletions(Troubles troubles)
{
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when one waits.</summary>
    public Task Reached => _reached.Task;

    public Task WaitAsync()
    {
        _reached.TrySetResult();
        return _held.Task;
    }

    public void LetGo()
    {
        troubles.Completing = null;
        _held.SetResult();
    }
}

/// <summary>A checkpoint store that waits where it is told to.</summary>
internal sealed class TroubledStore(ICheckpointStore inner, Troubles troubles) : ICheckpointStore
{
    public string Description => inner.Description;

    public StoreDurability Durability => inner.Durability;

    public async ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        if (troubles.Completing is { } completing)
            await completing(name).WaitAsync(cancellationToken);
        return await inner.CreateAsync(name, cancellationToken);
    }

    public async ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (troubles.Reading is { } reading)
            await reading(name).WaitAsync(cancellationToken);
        return await inner.ReadAsync(name, offset, buffer, cancellationToken);
    }

    public ValueTask<long?> GetLengthAsync(string name, CancellationToken cancellationToken = default) => inner.GetLengthAsync(name, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken = default) => inner.ListAsync(prefix, cancellationToken);

    public ValueTask DeleteAsync(string name, CancellationToken cancellationToken = default) => inner.DeleteAsync(name, cancellationToken);

    public ValueTask AppendLineAsync(string name, string line, CancellationToken cancellationToken = default) => inner.AppendLineAsync(name, line, cancellationToken);

    public ValueTask<StoredHead?> ReadHeadAsync(string job, CancellationToken cancellationToken = default) => inner.ReadHeadAsync(job, cancellationToken);

    public ValueTask<bool> TryMoveHeadAsync(string job, long expectedVersion, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
        => inner.TryMoveHeadAsync(job, expectedVersion, content, cancellationToken);
}

/// <summary>A reminder table that fails when it is told to.</summary>
internal sealed class TroubledReminders(IReminderTable inner, Troubles troubles) : IReminderTable
{
    public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken = default) => inner.StopAsync(cancellationToken);

    public Task<ReminderTableData> ReadRows(GrainId grainId) => inner.ReadRows(grainId);

    public Task<ReminderTableData> ReadRows(uint begin, uint end) => inner.ReadRows(begin, end);

    public Task<ReminderEntry> ReadRow(GrainId grainId, string reminderName) => inner.ReadRow(grainId, reminderName);

    public async Task<string> UpsertRow(ReminderEntry entry)
    {
        if (troubles.Reminders is { } error)
            throw error;
        string tag = await inner.UpsertRow(entry);
        troubles.ReminderSet();
        return tag;
    }

    public Task<bool> RemoveRow(GrainId grainId, string reminderName, string eTag)
        => troubles.Reminders is { } error ? throw error : inner.RemoveRow(grainId, reminderName, eTag);

    public Task TestOnlyClearTable() => inner.TestOnlyClearTable();
}

/// <summary>A membership table that can't be read when it is told so.</summary>
internal sealed class TroubledMembership(IMembershipTable inner, Troubles troubles) : IMembershipTable
{
    public Task InitializeMembershipTable(bool tryInitTableVersion) => inner.InitializeMembershipTable(tryInitTableVersion);

    public Task DeleteMembershipTableEntries(string clusterId) => inner.DeleteMembershipTableEntries(clusterId);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => inner.CleanupDefunctSiloEntries(beforeDate);

    public Task<MembershipTableData> ReadRow(SiloAddress key) => troubles.Membership is { } error ? throw error : inner.ReadRow(key);

    public Task<MembershipTableData> ReadAll() => troubles.Membership is { } error ? throw error : inner.ReadAll();

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => inner.InsertRow(entry, tableVersion);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => inner.UpdateRow(entry, etag, tableVersion);

    public Task UpdateIAmAlive(MembershipEntry entry) => inner.UpdateIAmAlive(entry);
}

/// <summary>A grain directory that can be made to forget.</summary>
internal sealed class ForgetfulDirectory : Orleans.GrainDirectory.IGrainDirectory
{
    private readonly Lock _lock = new();
    private readonly Dictionary<GrainId, GrainAddress> _known = [];

    public void Forget(GrainId grain)
    {
        lock (_lock)
            _known.Remove(grain);
    }

    public Task<GrainAddress?> Register(GrainAddress address) => Register(address, null);

    public Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue(address.GrainId, out GrainAddress? known) || known.Equals(previousAddress))
                _known[address.GrainId] = known = address;
            return Task.FromResult<GrainAddress?>(known);
        }
    }

    public Task Unregister(GrainAddress address)
    {
        lock (_lock)
        {
            if (_known.TryGetValue(address.GrainId, out GrainAddress? known) && known.ActivationId.Equals(address.ActivationId))
                _known.Remove(address.GrainId);
        }

        return Task.CompletedTask;
    }

    public Task<GrainAddress?> Lookup(GrainId grainId)
    {
        lock (_lock)
            return Task.FromResult(_known.GetValueOrDefault(grainId));
    }

    public Task UnregisterSilos(List<SiloAddress> siloAddresses)
    {
        lock (_lock)
        {
            foreach (GrainAddress gone in _known.Values.Where(address => siloAddresses.Contains(address.SiloAddress!)).ToList())
                _known.Remove(gone.GrainId);
        }

        return Task.CompletedTask;
    }
}
