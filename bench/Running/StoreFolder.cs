namespace Gristmill.Bench;

/// <summary>The checkpoints of one run: a folder of its own, deleted afterwards.</summary>
internal sealed class StoreFolder : IDisposable
{
    public const string Memory = "memory";

    private readonly string? _path;

    /// <param name="place">The folder to make it in, <see cref="Memory"/>, or null for the temporary one.</param>
    public StoreFolder(string? place)
    {
        if (place == Memory)
            return;
        _path = Path.Combine(place ?? Path.GetTempPath(), $"gristmill-bench-{Guid.NewGuid():N}");
        Directory.CreateDirectory(_path);
    }

    public void Use(CheckpointOptions options)
    {
        if (_path is null)
            options.UseMemory();
        else
            options.UseFiles(_path);
    }

    public void Dispose()
    {
        if (_path is not null)
            Directory.Delete(_path, recursive: true);
    }
}
