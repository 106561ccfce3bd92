using Azure.Data.Tables;

namespace Gristmill.Silo.Clustering;

// Written and not run: the packages (Microsoft.Orleans.*.AzureStorage 10.2.2) could not be had where this was made. It is
// only compiled with -p:WithAzureTables=true; docs/cluster.md says what else.
internal static partial class SiloClustering
{
    static partial void AskForAzureTables(ref bool has) => has = true;

    static partial void UseAzureTables(ISiloBuilder silo, string connectionString)
    {
        silo.UseAzureStorageClustering(options => options.TableServiceClient = new TableServiceClient(connectionString));
        silo.UseAzureTableReminderService(options => options.TableServiceClient = new TableServiceClient(connectionString));
        foreach (string storage in new[] { Provider, PubSubStore })
            silo.AddAzureTableGrainStorage(storage, options => options.TableServiceClient = new TableServiceClient(connectionString));
    }
}
