namespace Gristmill.Silo.Clustering;

// Written and not run: the package (Microsoft.Orleans.Hosting.Kubernetes 10.2.2) could not be had where this was made. It is
// only compiled with -p:WithKubernetes=true; docs/cluster.md says what else. The manifests in infra/ do without it.
internal static partial class SiloClustering
{
    static partial void UseKubernetes(ISiloBuilder silo)
    {
        // Outside of a pod it would refuse to start.
        if (Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is not null)
            silo.UseKubernetesHosting();
    }
}
