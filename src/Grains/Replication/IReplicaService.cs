using Gristmill.Protocol;
using Orleans.Services;

namespace Gristmill.Grains;

/// <summary>What a silo holds of replicated stores. Every call names a store, and an epoch that was read in its directory.</summary>
[Alias("Gristmill.IReplicaService")]
internal interface IReplicaService : IGrainService
{
    /// <summary>To the primary: makes an operation on both silos.</summary>
    [Alias("Submit")]
    Task<CommandReply> SubmitAsync(ReplicaSetup setup, ReplicaCommand command);

    /// <summary>To the primary: reads what both silos say is true.</summary>
    [Alias("Read")]
    Task<ReplicaFinding> ReadAsync(ReplicaSetup setup, ReplicaQuestion question);

    /// <summary>To the backup: makes the operation of that number.</summary>
    [Alias("Replicate")]
    Task<ReplicaAnswer> ReplicateAsync(string store, long epoch, long number, ReplicaCommand command);

    /// <summary>To the backup: whether the epoch still goes on.</summary>
    [Alias("Confirm")]
    Task<ReplicaAnswer> ConfirmAsync(string store, long epoch);

    /// <summary>Has the silo take no part in older epochs any more.</summary>
    [Alias("Seal")]
    Task<ReplicaStatus> SealAsync(string store, long epoch);

    /// <summary>To a sealed silo: what it holds is the content of the epoch, and is copied to another.</summary>
    /// <returns>Why it could not be; null if it was.</returns>
    [Alias("Copy")]
    [ResponseTimeout("00:10:00")]
    Task<string?> CopyAsync(string store, long epoch, SiloAddress? target);

    /// <summary>Takes a page of the content of an epoch.</summary>
    [Alias("Install")]
    Task<ReplicaAnswer> InstallAsync(string store, long epoch, ContentPage page);

    /// <summary>What the silo has.</summary>
    [Alias("Status")]
    Task<ReplicaStatus> StatusAsync(string store);

    /// <summary>The epoch goes on without the silo.</summary>
    [Alias("Retire")]
    Task RetireAsync(string store, long epoch);
}

/// <summary>Which silos hold a store. Its key is the store's name.</summary>
[Alias("Gristmill.IReplicaDirectoryGrain")]
internal interface IReplicaDirectoryGrain : IGrainWithStringKey
{
    /// <summary>The silos in force; the first time they are chosen.</summary>
    [Alias("Get")]
    [ResponseTimeout("00:10:00")]
    Task<DirectoryReply> GetAsync();

    /// <summary>Has the store held by other silos, unless that has happened since the epoch.</summary>
    /// <param name="epoch">The epoch that does not do.</param>
    /// <param name="leaving">A silo that is about to go; null: none.</param>
    [Alias("Reconfigure")]
    [ResponseTimeout("00:10:00")]
    Task<DirectoryReply> ReconfigureAsync(long epoch, SiloAddress? leaving);
}
