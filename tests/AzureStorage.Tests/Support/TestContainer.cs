using System.IO.Compression;
using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace Gristmill.AzureStorage.Tests;

/// <summary>A container that goes away with the test.</summary>
public sealed class TestContainer : IAsyncDisposable
{
    public string Name { get; } = $"test-{Guid.NewGuid():N}";

    /// <summary>The test's own way in, which no fault is planted in.</summary>
    public BlobContainerClient Client => field ??= new BlobContainerClient(Azurite.ConnectionString, Name);

    /// <summary>Opens the container as a process does; it is made at the first use.</summary>
    public AzureBlobContainer Open(FaultyTransport? transport = null, Action<AzureBlobOptions>? configure = null) => new(Azurite.ConnectionString, Name, options =>
    {
        options.CreateIfMissing = true;
        options.Client.Retry.Delay = TimeSpan.FromMilliseconds(1);
        if (transport is not null)
            options.Client.Transport = transport;
        configure?.Invoke(options);
    });

    public async Task<TestContainer> MakeAsync()
    {
        await Client.CreateIfNotExistsAsync();
        return this;
    }

    /// <summary>Puts a blob there, plain, or as gzip where its name ends so.</summary>
    public async Task PutAsync(string name, string text)
    {
        byte[] bytes = name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip(text) : Encoding.UTF8.GetBytes(text);
        await MakeAsync();
        BlockBlobClient blob = Client.GetBlockBlobClient(name);
        string block = Convert.ToBase64String(Guid.NewGuid().ToByteArray());
        if (bytes.Length > 0)
            await blob.StageBlockAsync(block, new MemoryStream(bytes));
        await blob.CommitBlockListAsync(bytes.Length > 0 ? [block] : []);
    }

    public async Task<string> TextAsync(string name)
    {
        using BlobDownloadStreamingResult blob = await Client.GetBlobClient(name).DownloadStreamingAsync();
        await using Stream content = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(blob.Content, CompressionMode.Decompress) : blob.Content;
        using var reader = new StreamReader(content);
        return await reader.ReadToEndAsync();
    }

    /// <summary>The names of the blobs there are, in order; a sink's notes left out.</summary>
    public async Task<string[]> NamesAsync(string prefix = "")
    {
        var names = new List<string>();
        await foreach (BlobItem blob in Client.GetBlobsAsync(prefix: prefix))
            names.Add(blob.Name);
        return [.. names.Where(name => !name.Contains("/.staging/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    /// <summary>How many blocks wait at a name and are in no blob.</summary>
    public async Task<int> StagedBlocksAsync(string name) =>
        (await Client.GetBlockBlobClient(name).GetBlockListAsync(BlockListTypes.Uncommitted)).Value.UncommittedBlocks.Count();

    public async ValueTask DisposeAsync() => await Client.DeleteIfExistsAsync();

    private static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return memory.ToArray();
    }
}
