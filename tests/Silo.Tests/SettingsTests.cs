using Gristmill.Silo.Clustering;
using Gristmill.Silo.Settings;
using Microsoft.Extensions.Configuration;
using Orleans.Configuration;

namespace Gristmill.Silo.Tests;

public class SettingsTests
{
    [Fact]
    public void With_a_checkpoint_folder_alone_a_silo_is_a_local_one_on_the_usual_ports()
    {
        (SiloSettings settings, List<string> faults) = Read(("Checkpoints:Folder", "/checkpoints"));
        Assert.Empty(faults);
        Assert.Equal(ClusteringKind.Local, settings.Clustering.Kind);
        Assert.Equal((11111, 30000, 8080), (settings.Endpoints.SiloPort, settings.Endpoints.GatewayPort, settings.HealthPort));
        Assert.Equal(CheckpointKind.Files, settings.Checkpoints.Store.Kind);
    }

    [Fact]
    public void All_faults_come_at_once_each_with_setting_value_and_remedy()
    {
        (_, List<string> faults) = Read(
            ("Parallelism", "many"), ("ShutdownTimeout", "90"), ("Clustering:Kind", "Zookeeper"), ("Checkpoints:Interval", "0"),
            ("Endpoints:AdvertisedAddress", "silo-1"), ("Endpoints:SiloPort", "30000"), ("FailureDetection:ProbeTimout", "00:00:01"));
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Parallelism is 'many'; it must be a whole number", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:ShutdownTimeout is '90'; it must be hours, minutes and seconds", StringComparison.Ordinal));
        Assert.Contains("Gristmill:Clustering:Kind is 'Zookeeper'; it must be one of Local, AdoNet, AzureTables.", faults);
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Checkpoints:Interval is '0'", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Checkpoints:Folder is missing; set it to a folder all silos share", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Endpoints:AdvertisedAddress is 'silo-1'", StringComparison.Ordinal));
        Assert.Contains("Gristmill:Endpoints:GatewayPort is 30000, as SiloPort is; give each a port of its own.", faults);
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:FailureDetection:ProbeTimout is no setting", StringComparison.Ordinal));
        Assert.Equal(8, faults.Count);
    }

    [Fact]
    public void Memory_of_two_silos_needs_no_folder_and_is_no_second_store()
    {
        (SiloSettings settings, List<string> faults) = Read(("Checkpoints:Kind", "Memory"), ("Checkpoints:MaxBytes", "1073741824"), ("Checkpoints:AllowOneCopy", "true"));
        Assert.Empty(faults);
        Assert.Equal((CheckpointKind.Memory, 1L << 30, true), (settings.Checkpoints.Store.Kind, settings.Checkpoints.Store.MaxBytes, settings.Checkpoints.Store.AllowOneCopy));
        (_, faults) = Read(("Checkpoints:Kind", "Memory"), ("Checkpoints:MaxBytes", "5"), ("Checkpoints:Schema", "x"));
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Checkpoints:MaxBytes is '5'; it must be a whole number of bytes from 1048576", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Checkpoints:Schema is no setting", StringComparison.Ordinal));
        (_, faults) = Read(("Checkpoints:Folder", "/checkpoints"), ("Checkpoints:CopyTo:Kind", "Memory"));
        Assert.StartsWith("Gristmill:Checkpoints:CopyTo:Kind is Memory, which ends with the cluster", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AdoNet")]
    [InlineData("AzureTables")]
    public void A_shared_clustering_needs_a_connection_string(string kind)
    {
        (_, List<string> faults) = Read(("Checkpoints:Folder", "/checkpoints"), ("Clustering:Kind", kind));
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Clustering:ConnectionString is missing; set it to", StringComparison.Ordinal));
    }

    [Fact]
    public void Azure_Tables_that_were_not_built_in_are_refused()
    {
        Assert.SkipWhen(SiloClustering.HasAzureTables, "This build has them.");
        (_, List<string> faults) = Read(("Checkpoints:Folder", "/checkpoints"), ("Clustering:Kind", "AzureTables"), ("Clustering:ConnectionString", "x"));
        Assert.Equal(["Gristmill:Clustering:Kind is AzureTables, which this build has not; build with -p:WithAzureTables=true, or set AdoNet."], faults);
    }

    [Fact]
    public void A_faulty_blob_connection_string_is_a_fault_and_not_repeated()
    {
        (SiloSettings settings, List<string> faults) = Read(("Checkpoints:Kind", "AzureBlobs"), ("Checkpoints:ConnectionString", "secret"));
        JobDefaults.Check(settings, faults);
        string fault = Assert.Single(faults);
        Assert.StartsWith("Gristmill:Checkpoints: ", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_stores_and_local_copies_are_read_and_become_each_jobs_options()
    {
        (SiloSettings settings, List<string> faults) = Read(
            ("Checkpoints:Kind", "PostgreSql"), ("Checkpoints:ConnectionString", "Host=db;Database=streams;Username=u;Password=p"), ("Checkpoints:Schema", "checkpoints"),
            ("Checkpoints:CopyTo:Folder", "/second"), ("Checkpoints:LocalCopies:Folder", "/copies"), ("Checkpoints:LocalCopies:MaxBytes", "30000000000"),
            ("Checkpoints:RecoveryTimeObjective", "00:00:30"), ("Checkpoints:OverheadBudget", "0.05"), ("Checkpoints:Retain", "20"));
        JobDefaults.Check(settings, faults);
        Assert.Empty(faults);
        var options = new GristmillOptions();
        new JobDefaults(settings).Configure("shops", options);
        Assert.Equal("PostgreSQL at db:5432, database 'streams', schema 'checkpoints'", options.Checkpoints.Store!.Description);
        Assert.Contains("/second", options.Checkpoints.CopyTo!.Description, StringComparison.Ordinal);
        Assert.Equal((Path.Combine("/copies", "shops"), 30_000_000_000), (options.Checkpoints.LocalCopies!.Folder, options.Checkpoints.LocalCopies.MaxBytes));
        Assert.Equal((TimeSpan.FromSeconds(30), 0.05, 20), (options.Checkpoints.RecoveryTimeObjective, options.Checkpoints.OverheadBudget, options.Checkpoints.Retain));
        Assert.Empty(options.Validate());

        var other = new GristmillOptions();
        var defaults = new JobDefaults(settings);
        defaults.Configure("orders", other);
        defaults.Configure("shops", options);
        Assert.Same(other.Checkpoints.Store, options.Checkpoints.Store);
        Assert.NotEqual(other.Checkpoints.LocalCopies!.Folder, options.Checkpoints.LocalCopies.Folder);
    }

    [Fact]
    public void Unless_anything_is_said_there_is_neither_a_second_store_nor_local_copies_and_the_interval_is_fixed()
    {
        (SiloSettings settings, _) = Read(("Checkpoints:Folder", "/checkpoints"));
        var options = new GristmillOptions();
        new JobDefaults(settings).Configure("shops", options);
        Assert.Null(options.Checkpoints.CopyTo);
        Assert.Null(options.Checkpoints.LocalCopies);
        Assert.Equal((null, null, 10), (options.Checkpoints.RecoveryTimeObjective, options.Checkpoints.OverheadBudget, options.Checkpoints.Retain));
    }

    [Fact]
    public void All_faults_of_all_stores_come_at_once_and_no_secret_with_them()
    {
        (SiloSettings settings, List<string> faults) = Read(
            ("Checkpoints:Kind", "PostgreSql"), ("Checkpoints:ConnectionString", "Host=db;Password=secret"), ("Checkpoints:Schema", "pg_own"),
            ("Checkpoints:CopyTo:Kind", "AzureBlobs"), ("Checkpoints:CopyTo:Foldr", "x"), ("Checkpoints:LocalCopies:MaxBytes", "10GB"),
            ("Checkpoints:OverheadBudget", "2"), ("Checkpoints:Retain", "0"));
        JobDefaults.Check(settings, faults);
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Checkpoints: Checkpoints can't be kept in PostgreSQL", StringComparison.Ordinal) && fault.Contains("pg_own", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Checkpoints:CopyTo:ConnectionString is missing; set it to the storage account's", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Checkpoints:CopyTo:Foldr is no setting", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Checkpoints:LocalCopies:Folder is missing", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Checkpoints:LocalCopies:MaxBytes is '10GB'; it must be a whole number of bytes", StringComparison.Ordinal));
        Assert.Contains("Gristmill:Checkpoints:OverheadBudget is '2'; it must be a number from 0.0001 to 0.5, as 0.05.", faults);
        Assert.Contains(faults, fault => fault.StartsWith("Gristmill:Checkpoints:Retain is '0'", StringComparison.Ordinal));
        Assert.Equal(7, faults.Count);
        Assert.DoesNotContain(faults, fault => fault.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void A_second_store_that_is_the_first_is_a_fault()
    {
        (_, List<string> faults) = Read(("Checkpoints:Folder", "/checkpoints"), ("Checkpoints:CopyTo:Folder", "/checkpoints/."));
        Assert.StartsWith("Gristmill:Checkpoints:CopyTo is the store itself", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Shipped_as_it_is_a_silent_silo_is_dead_after_a_few_seconds()
    {
        (SiloSettings settings, _) = Read(("Checkpoints:Folder", "/checkpoints"));
        var membership = new ClusterMembershipOptions();
        settings.FailureDetection.ApplyTo(membership);
        Assert.Equal(1, membership.NumVotesForDeathDeclaration);
        Assert.InRange(membership.ProbeTimeout * membership.NumMissedProbesLimit, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_silo_with_wrong_settings_does_not_start_and_its_exit_code_is_2()
    {
        int exit = await GristmillSilo.RunAsync(["--Gristmill:HealthPort=0", "--Gristmill:Checkpoints:Folder=/checkpoints"], _ => { });
        Assert.Equal(GristmillSilo.Usage, exit);
    }

    private static (SiloSettings Settings, List<string> Faults) Read(params (string Key, string Value)[] settings)
    {
        List<string> faults = [];
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Gristmill:{setting.Key}", (string?)setting.Value)))
            .Build();
        return (SiloSettings.Read(configuration, faults), faults);
    }
}
