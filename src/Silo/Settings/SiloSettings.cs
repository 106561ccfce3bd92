using Microsoft.Extensions.Configuration;

namespace Gristmill.Silo.Settings;

/// <summary>The section <c>Gristmill</c> of the configuration; docs/cluster.md explains each setting.</summary>
internal sealed record SiloSettings
{
    public const string SectionName = "Gristmill";

    /// <summary>Longer than the farewell of a silo takes at most, which is 40 s.</summary>
    private static readonly TimeSpan DefaultShutdownTimeout = TimeSpan.FromSeconds(90);

    public required string ClusterId { get; init; }

    public required string ServiceId { get; init; }

    public required int Parallelism { get; init; }

    public required int MostRestarts { get; init; }

    public required bool AutoStart { get; init; }

    public required TimeSpan AutoStartDelay { get; init; }

    public required TimeSpan ShutdownTimeout { get; init; }

    public required int HealthPort { get; init; }

    public required IReadOnlyList<string> JobAssemblies { get; init; }

    public required ClusteringSettings Clustering { get; init; }

    public required EndpointSettings Endpoints { get; init; }

    public required CheckpointSettings Checkpoints { get; init; }

    public required FailureDetectionSettings FailureDetection { get; init; }

    /// <summary>Reads and checks everything.</summary>
    public static SiloSettings Read(IConfiguration configuration, List<string> faults)
    {
        var reader = new SettingsReader(configuration.GetSection(SectionName), faults);
        var settings = new SiloSettings
        {
            ClusterId = reader.Text("ClusterId") ?? "gristmill",
            ServiceId = reader.Text("ServiceId") ?? "gristmill",

            // Not the machine's processors, as in one process: all silos must agree.
            Parallelism = reader.Number("Parallelism", 4, 1, 32768),
            MostRestarts = reader.Number("MostRestarts", 100, 1, int.MaxValue),
            AutoStart = reader.Flag("AutoStart", true),
            AutoStartDelay = reader.Duration("AutoStartDelay", TimeSpan.FromSeconds(5), TimeSpan.Zero, TimeSpan.FromMinutes(10)),
            ShutdownTimeout = reader.Duration("ShutdownTimeout", DefaultShutdownTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
            HealthPort = reader.Number("HealthPort", 8080, 1, 65535),
            JobAssemblies = reader.Texts("JobAssemblies"),
            Clustering = ClusteringSettings.Read(reader.Section("Clustering")),
            Endpoints = EndpointSettings.Read(reader.Section("Endpoints")),
            Checkpoints = CheckpointSettings.Read(reader.Section("Checkpoints")),
            FailureDetection = FailureDetectionSettings.Read(reader.Section("FailureDetection")),
        };
        reader.NothingElse();
        return settings;
    }
}
