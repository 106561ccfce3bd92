using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Gristmill.AzureStorage.Internal;

namespace Gristmill.AzureStorage;

/// <summary>
/// A container of a storage account and the way in. One may be given to any number of stores, sources and sinks; nothing is
/// asked of the service before one of them is used.
/// </summary>
public sealed class AzureBlobContainer
{
    private readonly Func<BlobClientOptions, BlobContainerClient> _connect;
    private readonly List<string> _faults;
    private readonly Lazy<BlobContainerClient> _client;
    private volatile bool _isThere;

    /// <summary>A container reached by a connection string, with an account key or a shared access signature in it.</summary>
    /// <param name="connectionString">As the portal shows it. It is a secret: it appears in no message.</param>
    /// <param name="name">The container's name: 3 to 63 small letters, digits and single hyphens.</param>
    /// <param name="configure">Sets options.</param>
    public AzureBlobContainer(string connectionString, string name, Action<AzureBlobOptions>? configure = null)
        : this(name, ContainerFaults.OfConnectionString(connectionString), configure)
        => _connect = options => new BlobContainerClient(connectionString, name, options);

    /// <summary>A container reached by an identity.</summary>
    /// <param name="account">The blob endpoint of the account, as <c>https://account.blob.core.windows.net</c>.</param>
    /// <param name="name">The container's name: 3 to 63 small letters, digits and single hyphens.</param>
    /// <param name="credential">Who asks. Default: <see cref="DefaultAzureCredential"/>, which finds a managed identity, a workload identity, or whoever is signed in to the Azure CLI.</param>
    /// <param name="configure">Sets options.</param>
    public AzureBlobContainer(Uri account, string name, TokenCredential? credential = null, Action<AzureBlobOptions>? configure = null)
        : this(name, ContainerFaults.OfAccount(account), configure)
        => _connect = options => new BlobContainerClient(AddressOf(account, name), credential ?? new DefaultAzureCredential(), options);

    private AzureBlobContainer(string name, IEnumerable<string> faults, Action<AzureBlobOptions>? configure)
    {
        Name = name ?? "";
        configure?.Invoke(Options);
        _faults = [.. faults, .. ContainerFaults.OfName(Name), .. Options.Faults()];
        _connect = null!;
        _client = new Lazy<BlobContainerClient>(Connect);
    }

    /// <summary>The container's name.</summary>
    public string Name { get; }

    /// <summary>What and where it is, for logs and messages; without secrets.</summary>
    public string Description => $"the Azure blob container '{Address}'";

    /// <summary>All faults of the settings, each naming the setting, its value unless that is a secret, and the remedy.</summary>
    public IReadOnlyList<string> Validate() => _faults;

    internal AzureBlobOptions Options { get; } = new();

    /// <summary>The container's URI, without a shared access signature; its name as long as its settings have faults.</summary>
    internal string Address => _faults.Count > 0 ? Name : _client.Value.Uri.GetLeftPart(UriPartial.Path);

    internal BlobContainerClient Client => _client.Value;

    internal BlockBlobClient Blob(string name) => Client.GetBlockBlobClient(name);

    /// <summary>Sees to it that the container is there, if that was asked for.</summary>
    internal async ValueTask ReadyAsync(CancellationToken cancellationToken)
    {
        if (!Options.CreateIfMissing || _isThere)
            return;
        await Client.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        _isThere = true;
    }

    /// <summary>The same for callers on a pool thread that may block.</summary>
    internal void Ready()
    {
        if (!Options.CreateIfMissing || _isThere)
            return;
        Client.CreateIfNotExists();
        _isThere = true;
    }

    private BlobContainerClient Connect() => _faults.Count == 0
        ? _connect(Options.Client)
        : throw new InvalidOperationException($"The Azure blob container '{Name}' can't be used: {string.Join(" ", _faults)}");

    private static Uri AddressOf(Uri account, string name) => new($"{account.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{name}");
}
