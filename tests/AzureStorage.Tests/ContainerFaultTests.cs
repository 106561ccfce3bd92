using Azure.Identity;
using Gristmill.Files.Tests;

namespace Gristmill.AzureStorage.Tests;

/// <summary>Settings are checked before anything is asked of the service, all at once, and secrets are never shown.</summary>
public sealed class ContainerFaultTests
{
    private static readonly Uri Account = new("https://account.blob.core.windows.net");

    [Fact]
    public void All_faults_come_at_once_each_with_setting_value_and_remedy()
    {
        var options = new GristmillOptions();
        var container = new AzureBlobContainer("AccountName;AccountKey=c2VjcmV0", "Bad_Name", o => (o.BlockBytes, o.ParallelTransfers) = (5, 65));
        var error = Assert.Throws<ArgumentException>(() => options.Checkpoints.UseAzureBlobs(container, "/a b"));
        Assert.Equal(5, error.Message.Split("  - ").Length - 1);
        foreach (string part in new[] { "connection string", "'Bad_Name'", "BlockBytes is 5", "ParallelTransfers is 65", "'/a b'" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", error.Message, StringComparison.Ordinal);
        Assert.Null(options.Checkpoints.Store);
    }

    [Theory]
    [InlineData("http://account.blob.core.windows.net", "https")]
    [InlineData("https://account.blob.core.windows.net?sv=1&sig=secret", "connection string")]
    [InlineData("account", "whole URI")]
    public void An_account_that_cant_be_reached_by_an_identity_is_a_fault(string account, string remedy)
    {
        var container = new AzureBlobContainer(new Uri(account, UriKind.RelativeOrAbsolute), "container");
        string fault = Assert.Single(container.Validate());
        Assert.Contains(remedy, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ab"), InlineData("-ab"), InlineData("ab-"), InlineData("a--b"), InlineData("a_b"), InlineData("ABC"), InlineData("")]
    public void A_name_the_service_refuses_is_a_fault(string name) =>
        Assert.Single(new AzureBlobContainer("UseDevelopmentStorage=true", name).Validate());

    [Theory]
    [InlineData("abc"), InlineData("a-b-1"), InlineData("123")]
    public void A_name_the_service_takes_is_none(string name) =>
        Assert.Empty(new AzureBlobContainer("UseDevelopmentStorage=true", name).Validate());

    [Fact]
    public void Sources_and_sinks_report_the_containers_faults_with_their_own()
    {
        var container = new AzureBlobContainer("", "container");
        Assert.Equal(2, BlobCsv.Read<Item>(container, "in/*.csv", o => o.MaxRecordBytes = 1).Validate().Count());
        Assert.Equal(2, BlobJsonLines.Read<Item>(container, "in/*.jsonl", o => o.SplitSize = 0).Validate().Count());
        Assert.Equal(3, BlobCsv.Write<Item>(container, "out/", o => o.Prefix = "").Validate().Count());
        Assert.Equal(3, BlobJsonLines.Write<Item>(container, "out/", o => o.MaxUnwrittenBytes = 1).Validate().Count());
    }

    [Fact]
    public void Checkpoints_may_be_kept_by_an_identity_of_ones_own_or_the_processs()
    {
        var options = new GristmillOptions();
        options.Checkpoints.UseAzureBlobs(Account, "container");
        Assert.Equal("the Azure blob container 'https://account.blob.core.windows.net/container'", options.Checkpoints.Store!.Description);
        options.Checkpoints.UseAzureBlobs(Account, "container", new AzureCliCredential());
        Assert.Equal(Gristmill.Checkpoints.StoreDurability.Shared, options.Checkpoints.Store.Durability);
        options.Checkpoints.UseAzureBlobs(new AzureBlobContainer(Account, "container"), "prod/checkpoints");
        Assert.EndsWith("folder 'prod/checkpoints'", options.Checkpoints.Store.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_description_shows_no_secret()
    {
        const string Secret = "BlobEndpoint=https://account.blob.core.windows.net;SharedAccessSignature=sv=2023-01-03&sig=secret";
        var store = new BlobCheckpointStore(new AzureBlobContainer(Secret, "container"));
        Assert.DoesNotContain("sig", store.Description, StringComparison.Ordinal);
        Assert.Contains("https://account.blob.core.windows.net/container", store.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_sinks_of_one_target_are_told_apart_by_account_container_folder_and_prefix()
    {
        var container = new AzureBlobContainer(Account, "container");
        string? target = BlobCsv.Write<Item>(container, "out").Target;
        Assert.Equal(target, BlobJsonLines.Write<Item>(container, "out").Target);
        Assert.NotEqual(target, BlobCsv.Write<Item>(container, "out", o => o.Prefix = "other").Target);
        Assert.NotEqual(target, BlobCsv.Write<Item>(container, "other").Target);
        Assert.NotEqual(target, BlobCsv.Write<Item>(new AzureBlobContainer(Account, "other"), "out").Target);
    }
}
