using Azure.Core;

namespace Gristmill.AzureStorage;

/// <summary>Checkpoints in Azure blobs, beside <see cref="CheckpointOptions.UseFiles"/>.</summary>
public static class AzureCheckpointExtensions
{
    /// <summary>Keeps checkpoints in a container.</summary>
    /// <param name="options">A job's checkpoint options.</param>
    /// <param name="container">The container.</param>
    /// <param name="folder">What names in it begin with, as <c>prod/checkpoints</c>. Default: empty, the container itself.</param>
    /// <exception cref="ArgumentException">All faults of the container's settings and the folder.</exception>
    public static CheckpointOptions UseAzureBlobs(this CheckpointOptions options, AzureBlobContainer container, string folder = "")
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Store = new BlobCheckpointStore(container, folder);
        return options;
    }

    /// <summary>Keeps checkpoints in a container reached by a connection string.</summary>
    /// <param name="options">A job's checkpoint options.</param>
    /// <param name="connectionString">As the portal shows it. It is a secret: it appears in no message.</param>
    /// <param name="container">The container's name.</param>
    /// <param name="configure">Sets options of the container.</param>
    /// <exception cref="ArgumentException">All faults of the settings.</exception>
    public static CheckpointOptions UseAzureBlobs(this CheckpointOptions options, string connectionString, string container, Action<AzureBlobOptions>? configure = null)
        => options.UseAzureBlobs(new AzureBlobContainer(connectionString, container, configure));

    /// <summary>Keeps checkpoints in a container reached by an identity.</summary>
    /// <param name="options">A job's checkpoint options.</param>
    /// <param name="account">The blob endpoint of the account, as <c>https://account.blob.core.windows.net</c>.</param>
    /// <param name="container">The container's name.</param>
    /// <param name="credential">Who asks. Default: <see cref="Azure.Identity.DefaultAzureCredential"/>, which finds a managed identity.</param>
    /// <param name="configure">Sets options of the container.</param>
    /// <exception cref="ArgumentException">All faults of the settings.</exception>
    public static CheckpointOptions UseAzureBlobs(
        this CheckpointOptions options, Uri account, string container, TokenCredential? credential = null, Action<AzureBlobOptions>? configure = null)
        => options.UseAzureBlobs(new AzureBlobContainer(account, container, credential, configure));
}
