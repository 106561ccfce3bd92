using Gristmill.AzureStorage;
using Gristmill.Checkpoints;

namespace Gristmill.Cli.Stores;

/// <summary>A container of Azure blobs, or a folder in one.</summary>
internal sealed class AzureScheme : StoreScheme
{
    public override string Prefix => "azure:";

    public override string Form => "azure:CONTAINER[/FOLDER]";

    public override string Variable => "GRISTMILL_AZURE_CONNECTION";

    public override ICheckpointStore Open(string place, StoreSettings settings)
    {
        string connection = ConnectionString(settings, "the storage account");
        string[] parts = place.Split('/', 2);
        var container = new AzureBlobContainer(connection, parts[0], options => options.CreateIfMissing = !settings.MustExist);
        return new BlobCheckpointStore(container, parts is [_, var folder] ? folder.TrimEnd('/') : "");
    }
}
