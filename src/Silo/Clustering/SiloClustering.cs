using System.Net;
using Gristmill.Grains;
using Gristmill.Silo.Settings;
using Orleans.Configuration;

namespace Gristmill.Silo.Clustering;

/// <summary>Membership, grain storage and reminders by kind.</summary>
internal static partial class SiloClustering
{
    private const string Invariant = "Npgsql";

    /// <summary>The storage of whether a job should run, and the stream provider of epochs.</summary>
    private const string Provider = "gristmill";

    private const string PubSubStore = "PubSubStore";

    /// <summary>Whether this build has Azure Tables.</summary>
    public static bool HasAzureTables
    {
        get
        {
            bool has = false;
            AskForAzureTables(ref has);
            return has;
        }
    }

    public static void Use(ISiloBuilder silo, SiloSettings settings)
    {
        silo.Configure<ClusterMembershipOptions>(settings.FailureDetection.ApplyTo);
        if (settings.Clustering.Kind == ClusteringKind.Local)
        {
            UseLocal(silo, settings);
            return;
        }

        silo.Configure<ClusterOptions>(cluster =>
        {
            cluster.ClusterId = settings.ClusterId;
            cluster.ServiceId = settings.ServiceId;
        });
        EndpointSettings endpoints = settings.Endpoints;
        if (endpoints.AdvertisedAddress is { } address)
            silo.ConfigureEndpoints(address, endpoints.SiloPort, endpoints.GatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(address));
        else
            silo.ConfigureEndpoints(endpoints.SiloPort, endpoints.GatewayPort, listenOnAnyHostAddress: true);
        UseKubernetes(silo);
        silo.AddMemoryStreams(Provider);
        if (settings.Clustering.Kind == ClusteringKind.AdoNet)
            UseAdoNet(silo, settings.Clustering.ConnectionString);
        else
            UseAzureTables(silo, settings.Clustering.ConnectionString);
    }

    /// <summary>What the cluster host must know of it.</summary>
    public static void Apply(SiloSettings settings, GristmillClusterOptions cluster)
    {
        cluster.AutoStart = settings.AutoStart;
        cluster.AutoStartDelay = settings.AutoStartDelay;
        if (settings.Clustering.Kind == ClusteringKind.Local)
            return;
        cluster.StorageProvider = Provider;
        cluster.StreamProvider = Provider;
    }

    static partial void AskForAzureTables(ref bool has);

    static partial void UseAzureTables(ISiloBuilder silo, string connectionString);

    static partial void UseKubernetes(ISiloBuilder silo);

    private static void UseLocal(ISiloBuilder silo, SiloSettings settings)
    {
        EndpointSettings endpoints = settings.Endpoints;
        var primary = new IPEndPoint(IPAddress.Loopback, settings.Clustering.PrimaryPort ?? endpoints.SiloPort);
        silo.UseLocalhostClustering(endpoints.SiloPort, endpoints.GatewayPort, primary, settings.ServiceId, settings.ClusterId);
        silo.UseInMemoryReminderService();
    }

    private static void UseAdoNet(ISiloBuilder silo, string connectionString)
    {
        silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, connectionString));
        silo.UseAdoNetReminderService(options => (options.Invariant, options.ConnectionString) = (Invariant, connectionString));
        foreach (string storage in new[] { Provider, PubSubStore })
        {
            silo.AddAdoNetGrainStorage(storage, options =>
            {
                (options.Invariant, options.ConnectionString) = (Invariant, connectionString);

                // Each generation has a stream of its own: what is left of it goes with its last subscription.
                options.DeleteStateOnClear = true;
            });
        }
    }
}
